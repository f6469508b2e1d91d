"""Faces turned, scaled and cut out of a photo the way the embedder was trained on. Refuses nothing."""

import numpy as np
from numpy.typing import NDArray

CROP_SIDE = 112

TEMPLATE = np.array(
    [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]], np.float64
)
"""Where eyes (viewer's left first), nose and mouth corners belong in a 112 x 112 crop: the ArcFace positions that
SFace was trained with and OpenCV's FaceRecognizerSF uses."""

SUBPIXEL_BITS = 5
SUBPIXELS = 2**SUBPIXEL_BITS
"""OpenCV samples at 32nds of a pixel; doing the same brings the vectors from 0.99993 to 0.99999 of its own."""

GRID = np.arange(CROP_SIDE) + 1j * np.arange(CROP_SIDE)[:, None]
"""The crop's points (112, 112) as x + iy."""

HALF, MIDDLE = np.float32(0.5), 0.5 + 0.5j
"""What makes a floor a rounding."""


def similarity_transforms(landmarks: NDArray[np.floating]) -> NDArray[np.complex128]:
    """For each face the (a, b) with which `photo point = a * crop point + b`, points as complex numbers.

    Takes (N, 5, 2) landmarks, gives (N, 2). The crop-to-photo map is the inverse of the least-squares similarity from
    landmarks to template; over complex numbers that fit is one division (the same as Umeyama's without reflection).
    """
    source = landmarks[..., 0].astype(np.float64) + 1j * landmarks[..., 1]
    target = TEMPLATE[:, 0] + 1j * TEMPLATE[:, 1]
    source_mean = source.mean(axis=1, keepdims=True)
    centred = source - source_mean
    turn = (centred.conj() * (target - target.mean())).sum(axis=1) / (np.abs(centred) ** 2).sum(axis=1)
    inverse = 1 / turn
    return np.stack([inverse, source_mean[:, 0] - target.mean() * inverse], axis=1)


def align_faces(pixels: NDArray[np.uint8], landmarks: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Crops (N, 112, 112, 3) uint8 of a photo's (H, W, 3) `pixels`, by the faces' (N, 5, 2) landmarks in its pixels.

    Sampled bilinearly from the pixels as they are, black outside the photo.
    """
    crops = np.empty((len(landmarks), CROP_SIDE, CROP_SIDE, 3), np.uint8)
    for crop, (factor, shift) in zip(crops, similarity_transforms(landmarks), strict=True):
        points = (GRID * (factor * SUBPIXELS) + (shift * SUBPIXELS + MIDDLE)).view(np.float64)
        steps = np.floor(points).astype(np.int32)
        crop[...] = _sample(pixels, steps[:, 0::2].copy(), steps[:, 1::2].copy())
    return crops


def _sample(pixels: NDArray[np.uint8], x: NDArray[np.int32], y: NDArray[np.int32]) -> NDArray[np.uint8]:
    """Bilinear samples (H, W, 3) of `pixels` at points (H, W) counted in subpixels."""
    columns, rows = x >> SUBPIXEL_BITS, y >> SUBPIXEL_BITS
    left, top = int(columns.min()), int(rows.min())
    window = _window(pixels, left, top, int(columns.max()) + 2, int(rows.max()) + 2)
    row = window.shape[1]
    corners = ((rows - top) * row + (columns - left)).astype(np.intp)
    flat = window.reshape(-1, 3)
    shape = (len(x), -1)  # one value a channel, in rows of 3 W: numpy is twice as fast on those as on an axis of three
    upper, upper_right, lower, lower_right = (
        flat.take(corners + step, axis=0).reshape(shape).astype(np.float32) for step in (0, 1, row, row + 1)
    )
    across, down = _shares(x), _shares(y)
    _move(upper, upper_right, across)
    _move(lower, lower_right, across)
    _move(upper, lower, down)
    upper += HALF
    return np.asarray(upper.astype(np.uint8).reshape(*x.shape, 3))


def _shares(steps: NDArray[np.int32]) -> NDArray[np.float32]:
    """How far each point lies beyond its pixel, 0 to 1, once for each channel: (H, 3 W)."""
    shares = (steps & SUBPIXELS - 1).astype(np.float32)
    shares /= np.float32(SUBPIXELS)
    return np.asarray(shares.repeat(3, axis=1))


def _move(values: NDArray[np.float32], others: NDArray[np.float32], share: NDArray[np.float32]) -> None:
    """`values` by that share towards `others`, in place: what stays in the cache costs a third of new buffers."""
    others -= values
    others *= share
    values += others


def _window(pixels: NDArray[np.uint8], left: int, top: int, right: int, bottom: int) -> NDArray[np.uint8]:
    """That part of the photo, black where it leaves it."""
    height, width = pixels.shape[:2]
    window = np.zeros((bottom - top, right - left, 3), np.uint8)
    y0, y1, x0, x1 = max(top, 0), min(bottom, height), max(left, 0), min(right, width)
    if y0 < y1 and x0 < x1:
        window[y0 - top : y1 - top, x0 - left : x1 - left] = pixels[y0:y1, x0:x1]
    return window
