"""One look of YuNet at one image: pixels in, boxes with five landmarks out. Sizes and tiles are for `passes`."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from attendance_ml.faces.runtimes import Network, Precision

STRIDES = (8, 16, 32)
SCORE_THRESHOLD = 0.6
"""At 0.8 a third of the small faces is lost."""

OVERLAP_THRESHOLD = 0.3
"""OpenCV's own default: boxes that share more than this of their union are one face."""

MOST_FOUND = 5_000
"""Of more boxes than this only the best are compared: OpenCV's own default, and what bounds the time of comparing."""

MOST_KEPT = 1_000
"""Of more faces than this the best are found. Comparing five thousand of a mosaic took 24 seconds."""

Detections = NDArray[np.float32]
"""(N, 15): left, top, width, height, five landmarks x y (eyes, nose, mouth corners; viewer's left first), score."""

SCORE = 14
TINY = np.finfo(np.float32).tiny
NOTHING: Detections = np.empty((0, 15), np.float32)


@dataclass(frozen=True, slots=True)
class Detector:
    """YuNet on some runtime. Same faces as `cv2.FaceDetectorYN` with the same thresholds."""

    network: Network
    precision: Precision

    def __call__(self, pixels: NDArray[np.uint8]) -> Detections:
        """Faces in (H, W, 3) uint8 RGB, best first, in its pixels."""
        padded = _pad(pixels)
        outputs = [output[0] for output in self.network(padded[None])]
        found = [_decode(outputs[head :: len(STRIDES)], stride, padded.shape[1]) for head, stride in enumerate(STRIDES)]
        return suppress(np.concatenate(found))


def suppress(found: Detections) -> Detections:
    """The best of `found` without those that overlap a better-scored one, best first, at most `MOST_KEPT`."""
    left = found[np.argsort(-found[:, SCORE], kind="stable")[:MOST_FOUND]]
    kept: list[NDArray[np.float32]] = []
    while len(left) and len(kept) < MOST_KEPT:
        kept.append(left[0].copy())  # a view would keep all that was left at its turn: 800 MB on a mosaic
        left = left[1:][overlap(left[0], left[1:]) <= OVERLAP_THRESHOLD]
    return np.stack(kept) if kept else NOTHING


def overlap(one: NDArray[np.float32], others: Detections) -> NDArray[np.float32]:
    """How much of their union box `one` (15,) shares with each of `others` (N, 15): intersection over union, (N,)."""
    shared = _shared(one, others)
    union = one[2:4].prod() + others[:, 2:4].prod(axis=1) - shared
    return np.asarray(shared / np.maximum(union, TINY))


def held_by(others: Detections, one: NDArray[np.float32]) -> NDArray[np.float32]:
    """Which share of the area of `one` (15,) lies in each of `others` (N, 15), (N,)."""
    return np.asarray(_shared(one, others) / np.maximum(one[2:4].prod(), TINY))


def displacement(one: NDArray[np.float32], others: Detections) -> NDArray[np.float32]:
    """How far the landmarks of `one` (15,) lie on average from those of each of `others` (N, 15), (N,).

    In widths of the wider of the two faces.
    """
    ways = (others[:, 4:SCORE] - one[4:SCORE]).reshape(-1, 5, 2)
    widths = np.maximum(np.maximum(one[2], others[:, 2]), TINY)
    return np.asarray(np.linalg.norm(ways, axis=2).mean(axis=1) / widths)


def _shared(one: NDArray[np.float32], others: Detections) -> NDArray[np.float32]:
    top_left = np.maximum(one[:2], others[:, :2])
    bottom_right = np.minimum(one[:2] + one[2:4], others[:, :2] + others[:, 2:4])
    return np.asarray(np.maximum(bottom_right - top_left, 0).prod(axis=1))


def _pad(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Black to the right and below, up to multiples of the largest stride."""
    height, width = (-(-side // STRIDES[-1]) * STRIDES[-1] for side in pixels.shape[:2])
    if pixels.shape[:2] == (height, width):
        return pixels
    padded = np.zeros((height, width, 3), np.uint8)
    padded[: pixels.shape[0], : pixels.shape[1]] = pixels
    return padded


def _decode(outputs: list[NDArray[np.float32]], stride: int, width: int) -> Detections:
    """Detections above the score threshold of the head that looks at every `stride` pixels of an image so wide.

    `outputs` are its class and objectness scores (cells, 1), boxes (cells, 4) and points (cells, 10).
    """
    seen, there, boxes, points = outputs
    scores = np.sqrt(np.clip(seen[:, 0], 0, 1) * np.clip(there[:, 0], 0, 1))
    cells = np.flatnonzero(scores >= SCORE_THRESHOLD)
    columns = width // stride
    origins = np.stack([cells % columns, cells // columns], axis=1).astype(np.float32)
    found = np.empty((len(cells), 15), np.float32)
    found[:, 2:4] = np.exp(boxes[cells, 2:]) * stride
    found[:, :2] = (origins + boxes[cells, :2]) * stride - found[:, 2:4] / 2
    found[:, 4:SCORE] = (points[cells] + np.tile(origins, 5)) * stride
    found[:, SCORE] = scores[cells]
    return found
