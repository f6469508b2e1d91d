"""Finding and encoding faces: the two networks put together. Judges no quality limits and matches nobody."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from attendance_ml.faces.align import align_faces
from attendance_ml.faces.calibration import calibration_ids
from attendance_ml.faces.decode import Photo
from attendance_ml.faces.detect import SCORE, Detections, Detector
from attendance_ml.faces.embed import VECTOR_LENGTH, Embedder
from attendance_ml.faces.errors import FaceTooSmall, MultipleFacesFound, NoFaceFound
from attendance_ml.faces.models import SFACE, YUNET, Model
from attendance_ml.faces.passes import find_all, find_first
from attendance_ml.faces.quality import Quality, assess
from attendance_ml.faces.runtimes import Precision, Runtime, best_runtime
from attendance_ml.faces.selftest import load_detector, load_embedder
from attendance_ml.faces.stages import Stage, stage

BYSTANDER_SHARE = 0.25
"""On a photo of one person another face counts only if it is at least this wide, against the largest."""


@dataclass(frozen=True, slots=True, eq=False)
class DetectedFace:
    """One face, in pixels of the upright photo.

    `box` is (left, top, right, bottom), clipped to the photo, right and bottom exclusive; `landmarks` (5, 2) float32:
    eyes, nose, mouth corners, the viewer's left first; `area_ratio` the box's share of the photo.
    """

    box: tuple[int, int, int, int]
    landmarks: NDArray[np.float32] = field(repr=False)
    score: float
    area_ratio: float
    quality: Quality

    @property
    def size(self) -> int:
        """The box's shorter side in pixels."""
        left, top, right, bottom = self.box
        return min(right - left, bottom - top)


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """What `GET /api/ml/models` tells of a model in use; `calibrations` are the ids of those shipped for it."""

    id: str
    task: str
    version: str
    licence: str
    sha256: str
    vector_length: int | None
    runtime: str
    precision: str
    calibrations: tuple[str, ...]


class FaceEngine(Protocol):
    """Finds and encodes faces. Every method may be called from several threads at once."""

    def detect(
        self, photo: Photo, *, min_face_size: int, min_face_area_ratio: float, expected_faces: int | None = None
    ) -> list[DetectedFace]:
        """Every face at least so large, left to right; an empty list when there is none."""

    def detect_single(
        self, photo: Photo, *, validate_single: bool, min_face_size: int, min_face_area_ratio: float
    ) -> DetectedFace:
        """The largest face of a photo of one person.

        Raises:
            NoFaceFound: nobody is there.
            MultipleFacesFound: with `validate_single`, someone else at least a quarter as wide is there too.
            FaceTooSmall: the face is smaller than asked for.
        """

    def embed(self, photo: Photo, faces: Sequence[DetectedFace], *, flip: bool) -> NDArray[np.float32]:
        """Vectors (N, 128) float32 of unit length; with `flip` averaged with the mirror image's."""

    def models(self) -> list[ModelFacts]:
        """The models in use."""


class YuNetSFaceEngine:
    """`FaceEngine` with YuNet and SFace. Make it with `load_engine`."""

    def __init__(self, detector: Detector, embedder: Embedder, facts: list[ModelFacts]) -> None:
        self._detector = detector
        self._embedder = embedder
        self._facts = facts

    def detect(
        self, photo: Photo, *, min_face_size: int, min_face_area_ratio: float, expected_faces: int | None = None
    ) -> list[DetectedFace]:
        with stage(Stage.DETECT):
            found = _describe(photo, find_all(self._detector, photo.pixels, expected_faces, photo.half))
        large = [face for face in found if face.size >= min_face_size and face.area_ratio >= min_face_area_ratio]
        return sorted(large, key=lambda face: face.box)

    def detect_single(
        self, photo: Photo, *, validate_single: bool, min_face_size: int, min_face_area_ratio: float
    ) -> DetectedFace:
        with stage(Stage.DETECT):
            found = find_first(self._detector, photo.pixels, photo.half)
        if not len(found):
            raise NoFaceFound("No face was found: face the camera, in good light.")
        persons = int((found[:, 2] >= BYSTANDER_SHARE * found[:, 2].max()).sum())
        if validate_single and persons > 1:
            raise MultipleFacesFound(f"{persons} faces were found: one person only, please.", faces=persons)
        largest = found[[found[:, 2].argmax()]]
        (face,) = _describe(photo, largest)
        _require_size(face, min_face_size, min_face_area_ratio)
        return face

    def embed(self, photo: Photo, faces: Sequence[DetectedFace], *, flip: bool) -> NDArray[np.float32]:
        landmarks = np.array([face.landmarks for face in faces], np.float32).reshape(-1, 5, 2)
        with stage(Stage.ALIGN):
            crops = align_faces(photo.pixels, landmarks)
        with stage(Stage.EMBED):
            return self._embedder(crops, flip=flip)

    def models(self) -> list[ModelFacts]:
        return list(self._facts)


def load_engine(
    model_paths: Mapping[str, Path],
    *,
    threads: int,
    precision: Precision | Literal["auto"] = "auto",
    runtime: Runtime | None = None,
    embedder: Model = SFACE,
    detector: Detector | None = None,
) -> FaceEngine:
    """An engine from the files of `yunet` and `embedder` by name, warm: both networks have run on real images.

    `precision` is the embedder's, and f32 the detector's too; by default each runs as its self-test chooses. Without
    `runtime`, the best that is installed; with a `detector`, that one, so that engines of several models share it.

    Raises:
        ModelUnusable: the embedder does not reproduce its stored vectors on this machine, or the detector its faces.
    """
    runtime = runtime or best_runtime()
    path = model_paths[embedder.name]
    network, chosen = load_embedder(runtime, path, embedder.id, threads=threads, precision=precision)
    detector = detector or load_detector(runtime, model_paths[YUNET.name], threads=threads, precision=precision)
    facts = [
        facts_of(YUNET, runtime, detector.precision, None),
        facts_of(embedder, runtime, chosen, VECTOR_LENGTH),
    ]
    return YuNetSFaceEngine(detector, network, facts)


def facts_of(model: Model, runtime: Runtime, precision: Precision, vector_length: int | None) -> ModelFacts:
    """What is told of a model that runs so; only one that makes vectors has a `vector_length`."""
    return ModelFacts(
        id=model.id,
        task=model.task,
        version=model.version,
        licence=model.file.licence,
        sha256=model.file.sha256,
        vector_length=vector_length,
        runtime=runtime.name,
        precision=precision.value,
        calibrations=calibration_ids(model.id),
    )


def _describe(photo: Photo, found: Detections) -> list[DetectedFace]:
    return [_describe_one(photo, row) for row in found]


def _describe_one(photo: Photo, row: NDArray[np.float32]) -> DetectedFace:
    box = np.concatenate([row[:2], row[:2] + row[2:4]])
    landmarks = row[4:SCORE].reshape(5, 2)
    sides = [photo.width, photo.height] * 2
    left, top, right, bottom = (int(edge) for edge in np.clip(box, 0, sides).round())
    return DetectedFace(
        box=(left, top, right, bottom),
        landmarks=landmarks,
        score=float(row[SCORE]),
        area_ratio=(right - left) * (bottom - top) / (photo.width * photo.height),
        quality=assess(photo.pixels, box, landmarks),
    )


def _require_size(face: DetectedFace, min_face_size: int, min_face_area_ratio: float) -> None:
    if face.size < min_face_size:
        raise FaceTooSmall(
            f"The face is {face.size} pixels wide, at least {min_face_size} are needed: come closer.",
            limit=min_face_size,
            actual=face.size,
        )
    if face.area_ratio < min_face_area_ratio:
        raise FaceTooSmall(
            f"The face fills {face.area_ratio:.1%} of the photo, at least {min_face_area_ratio:.1%} are needed: "
            "come closer.",
            limit=min_face_area_ratio,
            actual=face.area_ratio,
        )
