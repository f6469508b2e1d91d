"""How fit a face is for recognition, and what a person could change. Only enrolment refuses a face for it."""

from dataclasses import dataclass
from enum import StrEnum
from math import asin, atan2, cos, degrees, prod, sin

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from attendance_ml.faces.align import CROP_SIDE, TEMPLATE
from attendance_ml.faces.errors import LowQuality
from attendance_ml.faces.resize import shrink


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

    @property
    def advice(self) -> tuple[str, ...]:
        """What would help, in words for the person in front of the camera: one for each reason, in their order."""
        return tuple(ADVICE[reason] for reason in self.reasons)


DEPTH = np.array([0.0, 0.0, 14.0, 3.0, 3.0])
"""How far nose and mouth corners lie before the eyes, in pixels of the template (whose eyes are 35 px apart): with
pupils 63 mm apart, as in the average adult, about 25 and 5 mm."""

NEUTRAL_PITCH = 13.0
"""How far down the template seems to look beside people who face the camera (median over `lfw-view1`): the detector's
nose point lies lower."""

_NOD = np.radians(NEUTRAL_PITCH)
FACE = np.column_stack([TEMPLATE, DEPTH]) @ [
    [1, 0, 0],
    [0, np.cos(_NOD), -np.sin(_NOD)],
    [0, np.sin(_NOD), np.cos(_NOD)],
]
FIT = np.linalg.pinv(FACE - FACE.mean(axis=0))
"""(3, 5): turns five landmarks into the least-squares map from `FACE`, an average face that looks at the camera."""

GOOD_WIDTH = 80
"""Pixels: below, a face has fewer of its own than the embedder's crop shows."""

LAPLACIAN_SIDE = 3
SHARP, SOFT = 0.115, 0.045
"""Details of a pixel or two against the whole contrast, at the size of the embedder's crop: blur is 0 above the one and
1 below the other. On `lfw-view1` photos have 0.15 and more; blurred by a Gaussian of 2, 3 and 4 pixels about 0.095,
0.067 and 0.055, and 8, 16 and 35 % of comparisons are missed that are 6 % for the photos as they are."""

DARK, BRIGHT = 0.2, 0.85
WIDE_YAW, WIDE_PITCH = 35.0, 25.0
LOW = 0.5
"""A part of the score below this is named as a reason."""


ENROLMENT_SCORE = 0.65
"""Below lie 4 % of the photos of `lfw-view1`, all of faces turned sideways, none of the live frames of
`spoof-nuaa-train`, and a good portrait blurred by a thirtieth of its face's width or dimmed to less than a quarter."""

ADVICE = {
    QualityReason.TOO_SMALL: "come closer",
    QualityReason.BLURRED: "hold still and focus",
    QualityReason.TOO_DARK: "find more light",
    QualityReason.TOO_BRIGHT: "step out of the glare",
    QualityReason.TURNED_SIDEWAYS: "turn to the camera",
    QualityReason.TILTED_UP_OR_DOWN: "look straight ahead",
    QualityReason.CUT_OFF: "get the whole face into the picture",
}


def assess(pixels: NDArray[np.uint8], box: NDArray[np.floating], landmarks: NDArray[np.floating]) -> Quality:
    """The quality of one face of a photo.

    Takes the photo's (H, W, 3) uint8 RGB pixels, and in them the box (left, top, right, bottom) and (5, 2) landmarks.
    """
    height, width = pixels.shape[:2]
    left, top, right, bottom = (int(edge) for edge in np.clip(box, 0, [width, height, width, height]).round())
    grey = _grey(pixels[top : max(bottom, top + 1), left : max(right, left + 1)])
    pose, brightness, blur = estimate_pose(landmarks), float(grey.mean()), measure_blur(grey)
    full_width, full_height = float(box[2] - box[0]), float(box[3] - box[1])
    parts = {
        QualityReason.TOO_SMALL: full_width / GOOD_WIDTH,
        QualityReason.BLURRED: 1 - blur,
        QualityReason.TOO_DARK: brightness / (2 * DARK),
        QualityReason.TOO_BRIGHT: (1 - brightness) / (2 * (1 - BRIGHT)),
        QualityReason.TURNED_SIDEWAYS: 1 - abs(pose.yaw) / (2 * WIDE_YAW),
        QualityReason.TILTED_UP_OR_DOWN: 1 - abs(pose.pitch) / (2 * WIDE_PITCH),
        QualityReason.CUT_OFF: 2 * (right - left) * (bottom - top) / max(full_width * full_height, 1.0) - 1,
    }
    shares = {reason: min(max(part, 0.0), 1.0) for reason, part in parts.items()}
    return Quality(
        score=prod(shares.values()) ** (1 / 3),
        blur=blur,
        brightness=brightness,
        pose=pose,
        reasons=tuple(reason for reason, share in shares.items() if share < LOW),
    )


def require_quality(quality: Quality) -> None:
    """Refuse a face that is not fit to be enrolled: a template is used for years, so it may be worth another photo.

    Raises:
        LowQuality: its score is below `ENROLMENT_SCORE`; `reasons` are the face's, the message says what to change.
    """
    if quality.score < ENROLMENT_SCORE and quality.reasons:
        raise LowQuality(
            f"The face can't be seen well enough: {', '.join(quality.advice)}.",
            reasons=[reason.value for reason in quality.reasons],
            limit=ENROLMENT_SCORE,
            actual=round(quality.score, 3),
        )


def measure_blur(grey: NDArray[np.float32]) -> float:
    """0 sharp to 1 blurred, for a grey face (H, W) of 0 to 1: details (Laplacian) against the face's own contrast."""
    contrast = float(grey.std())
    if min(grey.shape) < LAPLACIAN_SIDE or contrast == 0:
        return 1.0
    details = grey[:-2, 1:-1] + grey[2:, 1:-1] + grey[1:-1, :-2] + grey[1:-1, 2:] - 4 * grey[1:-1, 1:-1]
    return min(max((SHARP - float(details.std()) / contrast) / (SHARP - SOFT), 0.0), 1.0)


def estimate_pose(landmarks: NDArray[np.floating]) -> Pose:
    """Head turn from (5, 2) landmarks in pixels: the scaled rotation that best maps an average face onto them."""
    across, down = (FIT @ landmarks).T
    across, down = across / max(np.linalg.norm(across), 1e-9), down / max(np.linalg.norm(down), 1e-9)
    roll = atan2(-across[1], down[1])
    sideways = cos(roll) * across[2] + sin(roll) * down[2]
    downwards = cos(roll) * down[2] - sin(roll) * across[2]
    yaw = asin(min(max(sideways, -1.0), 1.0))
    pitch = asin(min(max(downwards / max(cos(yaw), 1e-9), -1.0), 1.0))
    return Pose(yaw=degrees(yaw), pitch=degrees(pitch), roll=degrees(roll))


def _grey(face: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The face (H, W) in grey of 0 to 1, about as large as the embedder sees it."""
    grey = shrink(np.asarray(Image.fromarray(face).convert("L")), CROP_SIDE).astype(np.float32)
    grey /= np.float32(255)
    return grey
