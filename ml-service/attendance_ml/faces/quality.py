"""How fit a face is for recognition, and what a person could change. Measures; refuses nothing."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from attendance_ml.faces.align import CROP_SIDE, TEMPLATE
from attendance_ml.faces.resize import fit_within


class QualityReason(StrEnum):
    """What lowers a face's score, as something to act on."""

    TOO_SMALL = "too_small"
    BLURRED = "blurred"
    TOO_DARK = "too_dark"
    TOO_BRIGHT = "too_bright"
    TURNED_SIDEWAYS = "turned_sideways"
    TILTED_UP_OR_DOWN = "tilted_up_or_down"
    CUT_OFF = "cut_off"


@dataclass(frozen=True, slots=True)
class Pose:
    """Head turn in degrees, estimated from five landmarks: a guide to about ten degrees, no measurement.

    `yaw` is positive when the head turns to the viewer's right, `pitch` when it looks down, `roll` when it leans
    clockwise for the viewer.
    """

    yaw: float
    pitch: float
    roll: float


@dataclass(frozen=True, slots=True)
class Quality:
    """`score` 0 useless to 1 fine, `blur` 0 sharp to 1 blurred, `brightness` mean grey 0 to 1."""

    score: float
    blur: float
    brightness: float
    pose: Pose
    reasons: tuple[QualityReason, ...]


DEPTH = np.array([0.0, 0.0, 14.0, 3.0, 3.0])
"""How far nose and mouth corners lie before the eyes, in pixels of the template (whose eyes are 35 px apart): with
pupils 63 mm apart, as in the average adult, about 25 and 5 mm."""

GOOD_WIDTH = 80
"""Pixels: below, a face has fewer of its own than the embedder's crop shows."""

SHARP = 0.06
"""Share of a sharp face's contrast that lies in details of a pixel or two, at the size of the embedder's crop."""

DARK, BRIGHT = 0.2, 0.85
WIDE_YAW, WIDE_PITCH = 35.0, 25.0
LOW = 0.5
"""A part of the score below this is named as a reason."""


def assess(pixels: NDArray[np.uint8], box: NDArray[np.floating], landmarks: NDArray[np.floating]) -> Quality:
    """The quality of one face of a photo.

    Takes the photo's (H, W, 3) uint8 RGB pixels, and in them the box (left, top, right, bottom) and (5, 2) landmarks.
    """
    height, width = pixels.shape[:2]
    left, top, right, bottom = (int(edge) for edge in np.clip(box, 0, [width, height, width, height]).round())
    face = fit_within(pixels[top : max(bottom, top + 1), left : max(right, left + 1)], CROP_SIDE)
    grey = face @ np.array([0.299, 0.587, 0.114], np.float32) / 255
    pose, brightness, blur = estimate_pose(landmarks), float(grey.mean()), measure_blur(grey)
    inside = (right - left) * (bottom - top) / max((box[2] - box[0]) * (box[3] - box[1]), 1)
    parts = {
        QualityReason.TOO_SMALL: (box[2] - box[0]) / GOOD_WIDTH,
        QualityReason.BLURRED: 1 - blur,
        QualityReason.TOO_DARK: brightness / (2 * DARK),
        QualityReason.TOO_BRIGHT: (1 - brightness) / (2 * (1 - BRIGHT)),
        QualityReason.TURNED_SIDEWAYS: 1 - abs(pose.yaw) / (2 * WIDE_YAW),
        QualityReason.TILTED_UP_OR_DOWN: 1 - abs(pose.pitch) / (2 * WIDE_PITCH),
        QualityReason.CUT_OFF: 2 * inside - 1,
    }
    shares = {reason: float(np.clip(part, 0, 1)) for reason, part in parts.items()}
    return Quality(
        score=float(np.prod(list(shares.values())) ** (1 / 3)),
        blur=blur,
        brightness=brightness,
        pose=pose,
        reasons=tuple(reason for reason, share in shares.items() if share < LOW),
    )


def measure_blur(grey: NDArray[np.floating]) -> float:
    """0 sharp to 1 blurred, for a grey face (H, W) of 0 to 1: details (Laplacian) against the face's own contrast."""
    if min(grey.shape) < len(TEMPLATE):
        return 1.0
    centre = grey[1:-1, 1:-1]
    details = grey[:-2, 1:-1] + grey[2:, 1:-1] + grey[1:-1, :-2] + grey[1:-1, 2:] - 4 * centre
    contrast = float(grey.std())
    if contrast == 0:
        return 1.0
    return float(1 - np.clip(details.std() / contrast / (4 * SHARP), 0, 1))


def estimate_pose(landmarks: NDArray[np.floating]) -> Pose:
    """Head turn from (5, 2) landmarks in pixels: the scaled rotation that best maps an average face onto them."""
    centred = landmarks - landmarks.mean(axis=0)
    face = np.column_stack([TEMPLATE, -DEPTH])
    across, down = np.linalg.lstsq(face - face.mean(axis=0), centred, rcond=None)[0].T
    across, down = across / max(np.linalg.norm(across), 1e-9), down / max(np.linalg.norm(down), 1e-9)
    yaw = -np.degrees(np.arcsin(np.clip(across[2], -1, 1)))
    pitch = -np.degrees(np.arcsin(np.clip(down[2], -1, 1)))
    return Pose(yaw=float(yaw), pitch=float(pitch), roll=float(np.degrees(np.arctan2(across[1] * -1, across[0]))))
