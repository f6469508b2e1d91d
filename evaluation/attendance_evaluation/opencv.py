"""Our detector and vectors beside OpenCV's own FaceDetectorYN and FaceRecognizerSF, from the same pixels."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from attendance_ml.faces import Precision, decode_image
from attendance_ml.faces.align import align_faces
from attendance_ml.faces.detect import (
    OVERLAP_THRESHOLD,
    SCORE,
    SCORE_THRESHOLD,
    Detections,
    Detector,
    overlap,
)
from attendance_ml.faces.embed import Embedder, to_unit_length
from attendance_ml.faces.models import SFACE, YUNET, ModelStore
from attendance_ml.faces.passes import WIDE
from attendance_ml.faces.resize import shrink
from attendance_ml.faces.runtimes import best_runtime
from attendance_ml.faces.selftest import load_detector, load_embedder

SUFFIXES = {".jpg", ".jpeg", ".png", ".webp"}
SAME_FACE = 0.9
"""Share of the union of two boxes that makes them one face."""

MAX_CANDIDATES = 5000


@dataclass(frozen=True, slots=True)
class OpenCvFaces:
    """The reference: OpenCV's detector and recogniser on its own network runner."""

    detector: cv2.FaceDetectorYN
    recogniser: cv2.FaceRecognizerSF

    def detect(self, pixels: NDArray[np.uint8]) -> Detections:
        """As `Detector`."""
        self.detector.setInputSize((pixels.shape[1], pixels.shape[0]))
        found = self.detector.detect(pixels[:, :, ::-1].copy())[1]
        return np.empty((0, 15), np.float32) if found is None else np.asarray(found, np.float32)

    def embed(self, pixels: NDArray[np.uint8], found: Detections) -> NDArray[np.float32]:
        """Vectors (N, 128) of unit length."""
        bgr = pixels[:, :, ::-1].copy()
        rows = [self.recogniser.feature(self.recogniser.alignCrop(bgr, row))[0] for row in found]
        return to_unit_length(np.array(rows, np.float32).reshape(-1, 128))


@dataclass(frozen=True, slots=True)
class Agreement:
    """How near we are. `differing` names photos on which one pass finds other faces than OpenCV's."""

    photos: int
    faces: int
    differing: list[str]
    chosen: Precision
    f32: NDArray[np.float32]
    in_chosen: NDArray[np.float32]


def load_opencv(store: ModelStore) -> OpenCvFaces:
    """OpenCV with the same files and thresholds."""
    return OpenCvFaces(
        cv2.FaceDetectorYN.create(
            str(store.path(YUNET.name)), "", (0, 0), SCORE_THRESHOLD, OVERLAP_THRESHOLD, MAX_CANDIDATES
        ),
        cv2.FaceRecognizerSF.create(str(store.path(SFACE.name)), ""),
    )


@dataclass(frozen=True, slots=True)
class OwnFaces:
    """Our two networks, in one precision or in that which the self-test chooses for each."""

    detector: Detector
    embedder: Embedder
    precision: Precision
    """The embedder's."""


def compare(folders: Sequence[Path], store: ModelStore, *, threads: int) -> Agreement:
    """Every photo below `folders` in one pass, and every face that both find embedded by both."""
    exact, chosen = (_own(store, precision, threads) for precision in (Precision.F32, "auto"))
    return _compare(_photos(folders), load_opencv(store), exact, chosen)


def _own(store: ModelStore, precision: Precision | Literal["auto"], threads: int) -> OwnFaces:
    runtime, path = best_runtime(), store.path(SFACE.name)
    detector = load_detector(runtime, store.path(YUNET.name), threads=threads, precision=precision)
    return OwnFaces(detector, *load_embedder(runtime, path, SFACE.id, threads=threads, precision=precision))


def _compare(photos: Sequence[Path], reference: OpenCvFaces, exact: OwnFaces, chosen: OwnFaces) -> Agreement:
    differing, f32, in_chosen = [], [np.empty(0, np.float32)], [np.empty(0, np.float32)]
    for path in photos:
        pixels = shrink(decode_image(path.read_bytes()).pixels, WIDE)
        theirs = reference.detect(pixels)
        vectors = reference.embed(pixels, theirs)
        for own, cosines in ((exact, f32), (chosen, in_chosen)):
            ours, partners, same = _paired(own.detector(pixels), theirs)
            if not same and path.name not in differing:
                differing.append(path.name)
            crops = align_faces(pixels, ours[:, 4:SCORE].reshape(-1, 5, 2))
            cosines.append((own.embedder(crops, flip=False) * vectors[partners]).sum(axis=1))
    cosines_f32 = np.concatenate(f32)
    return Agreement(len(photos), len(cosines_f32), differing, chosen.precision, cosines_f32, np.concatenate(in_chosen))


def _photos(folders: Sequence[Path]) -> list[Path]:
    return [path for folder in folders for path in sorted(folder.rglob("*")) if path.suffix.lower() in SUFFIXES]


def _paired(ours: Detections, theirs: Detections) -> tuple[Detections, NDArray[np.intp], bool]:
    """Those of ours that both found, the index of each in theirs, and whether those are all."""
    if not len(ours) or not len(theirs):
        return ours[:0], np.empty(0, np.intp), len(ours) == len(theirs)
    shares = np.stack([overlap(one, theirs) for one in ours])
    partner, both = shares.argmax(axis=1), shares.max(axis=1) >= SAME_FACE
    return ours[both], partner[both], bool(both.all()) and len(ours) == len(theirs)
