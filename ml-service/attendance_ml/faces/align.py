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
    axis = np.arange(CROP_SIDE)
    grid = axis[None, :] + 1j * axis[:, None]
    for crop, (factor, shift) in zip(crops, similarity_transforms(landmarks), strict=True):
        crop[...] = _sample(pixels, grid * factor + shift)
    return crops


def _sample(pixels: NDArray[np.uint8], points: NDArray[np.complex128]) -> NDArray[np.uint8]:
    """Bilinear samples (…, 3) of `pixels` at complex points x + iy."""
    points = (np.floor(points.real * SUBPIXELS + 0.5) + 1j * np.floor(points.imag * SUBPIXELS + 0.5)) / SUBPIXELS
    window, points = _window(pixels, points)
    left, top = np.floor(points.real), np.floor(points.imag)
    right_share = (points.real - left).astype(np.float32)[..., None]
    bottom_share = (points.imag - top).astype(np.float32)[..., None]
    row = window.shape[1]
    corner = top.astype(np.intp) * row + left.astype(np.intp)
    flat = window.reshape(-1, 3)
    upper = _mix(flat.take(corner, axis=0), flat.take(corner + 1, axis=0), right_share)
    lower = _mix(flat.take(corner + row, axis=0), flat.take(corner + row + 1, axis=0), right_share)
    return (_mix(upper, lower, bottom_share) + np.float32(0.5)).astype(np.uint8)


def _mix(
    a: NDArray[np.uint8] | NDArray[np.float32], b: NDArray[np.uint8] | NDArray[np.float32], share: NDArray[np.float32]
) -> NDArray[np.float32]:
    first = a.astype(np.float32)
    first += share * (b - first)
    return first


def _window(
    pixels: NDArray[np.uint8], points: NDArray[np.complex128]
) -> tuple[NDArray[np.uint8], NDArray[np.complex128]]:
    """The part of the photo that `points` and their neighbours fall into, black where it leaves the photo; and the
    points in the window's own pixels.
    """
    height, width = pixels.shape[:2]
    left, top = int(np.floor(points.real.min())), int(np.floor(points.imag.min()))
    right, bottom = int(np.floor(points.real.max())) + 2, int(np.floor(points.imag.max())) + 2
    window = np.zeros((bottom - top, right - left, 3), np.uint8)
    y0, y1, x0, x1 = max(top, 0), min(bottom, height), max(left, 0), min(right, width)
    if y0 < y1 and x0 < x1:
        window[y0 - top : y1 - top, x0 - left : x1 - left] = pixels[y0:y1, x0:x1]
    return window, points - (left + 1j * top)
