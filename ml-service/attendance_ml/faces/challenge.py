"""The head-turn challenge: did a head turn as asked, over a few frames? A flat picture that is moved has not.

Judged from landmarks alone. It names reasons and refuses nobody; video that is played back passes.
"""

from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from math import hypot

import numpy as np
from numpy.typing import NDArray

from attendance_contract.models import Challenge
from attendance_ml.faces.quality import DEPTH

FLAT = (0, 1, 3, 4)
"""Eyes and mouth corners: close to one plane, unlike the nose."""

NOSE = 2

FRONT = np.array([[-0.5, 0.0], [0.5, 0.0], [-0.415, 1.155], [0.415, 1.155]])
"""Where `FLAT` lies on an average face from the front, eyes one apart (the embedder's template)."""

NOSE_DEPTH = float(DEPTH[NOSE]) / 35.0
"""How far the nose stands out, in distances of the eyes: turned by an angle it shifts by that times its tangent."""

LEAST_FRAMES = 3
"""A start, a way and an end."""

FACING = 0.12
"""Nose shift up to which a face looks at the camera: about 17 degrees."""

TURNED = 0.22
"""Nose shift that shows a turn: about 29 degrees, and more than the landmarks of warped flat photos stray."""

BACK = 0.08
"""How far a turn may go back on its way: three times what landmarks tremble between frames."""

LEAP = 0.35
"""Longest step between two frames, about 40 degrees: beyond, nobody saw it was one head."""

UNEXPLAINED = 0.08
"""How much narrower a face may get than its turn explains. Of pairs of photos of one person that are `TURNED` apart
8 % get narrower than that; a flat photo turned so far that its landmarks stray gets much narrower."""


class ChallengeReason(StrEnum):
    """Why a challenge was not passed, as something to act on."""

    TOO_FEW_FRAMES = "too_few_frames"
    NOT_FACING_AT_START = "not_facing_at_start"
    NOT_TURNED_FAR_ENOUGH = "not_turned_far_enough"
    TURNED_THE_OTHER_WAY = "turned_the_other_way"
    TURNED_IN_JERKS = "turned_in_jerks"
    LOOKS_FLAT = "looks_flat"


@dataclass(frozen=True, slots=True)
class HeadTurn:
    """What five landmarks tell of a turn, in distances of the eyes.

    `shift` is how far the nose lies beside its place in the plane of eyes and mouth, positive to the viewer's right;
    moving, turning or tilting a flat picture leaves it as it is, whatever the perspective. `width` is the distance of
    the eyes over that from eyes to mouth, which shrinks for heads and pictures alike.
    """

    shift: float
    width: float


def measure_turn(landmarks: NDArray[np.floating]) -> HeadTurn:
    """The turn of (5, 2) landmarks, in pixels.

    Four points in a plane fix how it is seen: the map that takes eyes and mouth corners to `FRONT` takes every other
    point of the same plane to one place, from wherever it is seen. Only what sticks out of the plane moves.
    """
    points = np.asarray(landmarks, np.float64)
    eyes, mouth = points[:2].mean(axis=0), points[3:].mean(axis=0)
    height = max(float(np.linalg.norm(mouth - eyes)), 1e-9)
    width = float(np.linalg.norm(points[1] - points[0])) / height
    across, _, scale = projective_map(points[list(FLAT)], FRONT) @ [*points[NOSE], 1.0]
    return HeadTurn(float(across / scale) if abs(scale) > 1e-9 else 0.0, width)  # noqa: PLR2004  # on the horizon


def judge_turn(landmarks: NDArray[np.floating], asked: Challenge) -> list[ChallengeReason]:
    """Why the frames' landmarks (N, 5, 2), in order, don't show the turn that was `asked`; empty when they do.

    Left is the left of the person, so the viewer's right: frames are not mirrored. The first and the last quarter of
    the frames are averaged.
    """
    if asked is Challenge.NONE:
        return []
    if len(landmarks) < LEAST_FRAMES:
        return [ChallengeReason.TOO_FEW_FRAMES]
    turns = [measure_turn(each) for each in landmarks]
    side = 1.0 if asked is Challenge.TURN_LEFT else -1.0
    shifts = side * np.array([turn.shift for turn in turns])
    widths = np.array([turn.width for turn in turns])
    ends = max(1, len(turns) // 4)
    start, shift = float(shifts[:ends].mean()), float(shifts[-ends:].mean() - shifts[:ends].mean())
    shown = {
        ChallengeReason.NOT_FACING_AT_START: abs(start) > FACING,
        ChallengeReason.TURNED_THE_OTHER_WAY: shift <= -TURNED,
        ChallengeReason.NOT_TURNED_FAR_ENOUGH: -TURNED < shift < TURNED,
        ChallengeReason.TURNED_IN_JERKS: not _is_smooth(shifts),
        ChallengeReason.LOOKS_FLAT: _is_too_narrow(shift, float(widths[-ends:].mean() / widths[:ends].mean())),
    }
    return [reason for reason, holds in shown.items() if holds]


def _is_smooth(shifts: NDArray[np.float64]) -> bool:
    leaps = max(abs(later - earlier) for earlier, later in pairwise(shifts))
    back = float((np.maximum.accumulate(shifts) - shifts).max())
    return bool(leaps <= LEAP and back <= BACK)


def _is_too_narrow(shift: float, narrowed: float) -> bool:
    """Whether a face got narrower than a head does whose nose shifted so far."""
    return narrowed < 1 / hypot(1, shift / NOSE_DEPTH) - UNEXPLAINED


def projective_map(points: NDArray[np.floating], targets: NDArray[np.floating]) -> NDArray[np.float64]:
    """The map (3, 3) that takes four points (4, 2) to four others; where three lie on one line, the nearest to one."""
    rows, values = [], []
    for (x, y), (u, v) in zip(points, targets, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        values += [u, v]
    solved, *_ = np.linalg.lstsq(np.array(rows, np.float64), np.array(values, np.float64), rcond=None)
    return np.append(solved, 1.0).reshape(3, 3)
