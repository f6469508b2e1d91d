"""Faces turned, scaled and cut out of a photo the way the embedder was trained on. Refuses nothing."""

import numpy as np
from numpy.typing import NDArray

CROP_SIDE = 112

TEMPLATE = np.array(
    [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]], np.float64
)
"""Where eyes (viewer's left first), nose and mouth corners belong in a 112 x 112 crop: the ArcFace positions that
SFace was trained with and OpenCV's FaceRecognizerSF uses."""

SUBPIXELS = 32
"""OpenCV samples at 32nds of a pixel; doing the same brings the vectors from 0.99993 to 0.99999 of its own."""

GRID = np.arange(CROP_SIDE) + 1j * np.arange(CROP_SIDE)[:, None]
"""The crop's points (112, 112) as x + iy."""


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
        points = (GRID * factor + shift).view(np.float64) * SUBPIXELS
        steps = np.floor(points + 0.5).astype(np.int64)
        crop[...] = _sample(pixels, steps[:, 0::2], steps[:, 1::2])
    return crops


def _sample(pixels: NDArray[np.uint8], x: NDArray[np.int64], y: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Bilinear samples (H, W, 3) of `pixels` at points (H, W) counted in subpixels."""
    left, top = int(x.min()) // SUBPIXELS, int(y.min()) // SUBPIXELS
    right, bottom = int(x.max()) // SUBPIXELS + 2, int(y.max()) // SUBPIXELS + 2
    window = _window(pixels, left, top, right, bottom)
    row = window.shape[1]
    corners = (y // SUBPIXELS - top) * row + (x // SUBPIXELS - left)
    # One value a channel, in rows of 3 W: numpy is twice as fast on long rows as on an axis of three.
    across, down = (np.repeat((p % SUBPIXELS / SUBPIXELS).astype(np.float32), 3, axis=1) for p in (x, y))
    flat = window.reshape(-1, 3)
    upper, upper_right, lower, lower_right = (
        flat.take(corners + step, axis=0).reshape(across.shape).astype(np.float32) for step in (0, 1, row, row + 1)
    )
    upper += across * (upper_right - upper)
    lower += across * (lower_right - lower)
    upper += down * (lower - upper)
    return np.asarray((upper + np.float32(0.5)).astype(np.uint8).reshape(*x.shape, 3))


def _window(pixels: NDArray[np.uint8], left: int, top: int, right: int, bottom: int) -> NDArray[np.uint8]:
    """That part of the photo, black where it leaves it."""
    height, width = pixels.shape[:2]
    window = np.zeros((bottom - top, right - left, 3), np.uint8)
    y0, y1, x0, x1 = max(top, 0), min(bottom, height), max(left, 0), min(right, width)
    if y0 < y1 and x0 < x1:
        window[y0 - top : y1 - top, x0 - left : x1 - left] = pixels[y0:y1, x0:x1]
    return window
