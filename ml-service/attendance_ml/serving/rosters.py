"""From vectors on the wire to a gallery, and the thresholds a call is answered with."""

from collections.abc import Sequence

from attendance_contract.models import Candidate, GalleryRequest, Thresholds
from attendance_kit.errors import InvalidRequest
from attendance_ml.faces import LOOKALIKE_MARGIN, Gallery
from attendance_ml.serving.engines import Loaded, ModelMismatch
from attendance_ml.serving.galleries import GalleryStore


def require_same_model(gallery: str, loaded: Loaded) -> None:
    """Vectors of two models are never compared.

    Raises:
        ModelMismatch: the gallery's model is not the one that this call works with.
    """
    if gallery != loaded.model:
        raise ModelMismatch(f"The gallery's vectors are of {gallery}, those of this call are of {loaded.model}.")


def gallery_of(students: Sequence[Candidate], loaded: Loaded) -> Gallery:
    """A gallery of candidates' vectors.

    Raises:
        InvalidRequest: a student stands there twice.
        InvalidEmbedding: a vector of another length or without direction.
    """
    vectors = {student.student_id: student.embeddings for student in students}
    if len(vectors) < len(students):
        raise InvalidRequest("A student stands there twice.", field="student_id")
    return Gallery(vectors, loaded.calibration)


def gallery_from(request: GalleryRequest, loaded: Loaded) -> Gallery:
    """As `gallery_of`, of a gallery that says its model. Raises ModelMismatch too."""
    require_same_model(request.model, loaded)
    return gallery_of(request.students, loaded)


def held_gallery(gallery_id: str, galleries: GalleryStore, loaded: Loaded) -> Gallery:
    """A gallery that is held here. Raises GalleryNotFound, ModelMismatch."""
    gallery = galleries.get(gallery_id)
    require_same_model(gallery.calibration.model, loaded)
    return gallery


def thresholds(gallery: Gallery, confident: float, uncertain: float) -> Thresholds:
    """What a call asked for, as tightened by the gallery's own check, with the margin below which two students are too
    alike for a machine to choose.
    """
    asked = Thresholds(confident=confident, uncertain=uncertain, lookalike_margin=LOOKALIKE_MARGIN)
    return gallery.self_check.tighten(asked)
