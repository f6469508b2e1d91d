"""From vectors on the wire to a gallery, and the thresholds a call is answered with."""

from collections.abc import Callable, Sequence

import numpy as np
from pydantic import ValidationError

from attendance_contract.galleries import MAX_HEADER_BYTES, PackedHeader
from attendance_contract.models import Candidate, GalleryRequest, Thresholds
from attendance_kit.errors import InvalidRequest
from attendance_ml.faces import LOOKALIKE_MARGIN, Gallery, InvalidEmbedding
from attendance_ml.faces.embed import VECTOR_LENGTH
from attendance_ml.faces.gallery import PackedVectors
from attendance_ml.serving.bodies import request_error
from attendance_ml.serving.engines import Loaded, ModelMismatch
from attendance_ml.serving.galleries import GalleryStore

VECTOR_BYTES = 4 * VECTOR_LENGTH


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


def packed_gallery(body: bytearray, loaded: Callable[[str], Loaded]) -> tuple[Gallery, Loaded]:
    """A packed gallery, and the engine of the model that it names.

    Raises:
        RequestValidationError: its first line is none.
        InvalidRequest: there is no such line, or a student stands there twice.
        InvalidEmbedding: the vectors are not as many as announced, or a vector is none.
    """
    line = body[:MAX_HEADER_BYTES].partition(b"\n")[0]
    if len(line) == min(len(body), MAX_HEADER_BYTES):
        raise InvalidRequest("A packed gallery begins with a line of JSON.", field="body")
    try:
        header = PackedHeader.model_validate_json(bytes(line))
    except ValidationError as error:
        raise request_error(error, "body") from error
    if len(set(header.student_ids)) < len(header.student_ids):
        raise InvalidRequest("A student stands there twice.", field="student_ids")
    if len(header.student_ids) != len(header.counts):
        raise InvalidRequest("There are as many counts as students.", field="counts")
    numbers = len(body) - len(line) - 1
    if numbers % VECTOR_BYTES:
        raise InvalidEmbedding(f"A vector has {VECTOR_LENGTH} numbers.", field="vectors", limit=VECTOR_LENGTH)
    chosen = loaded(header.model)
    rows = np.frombuffer(body, "<f4", offset=len(line) + 1).reshape(-1, VECTOR_LENGTH)
    return Gallery(PackedVectors(header.student_ids, header.counts, rows), chosen.calibration), chosen


def hashed(gallery: Gallery) -> Gallery:
    """The gallery, its digest known: of many vectors that is work, and none for the event loop."""
    _ = gallery.digest
    return gallery


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
