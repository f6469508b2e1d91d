"""Photos held before a camera: flat, bent or folded, turned as a hand would. Drawn, not filmed: no video is at hand."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from attendance_ml.faces import Photo
from attendance_ml.faces.challenge import projective_map

WIDTH, HEIGHT = 640, 480
BACKGROUND = (120, 112, 104)
FRAMES = 8
STRIPS = 10
"""Flat strips that a curve is drawn with."""

RADIUS = 0.35
"""Of a bent photo, in its widths: as round as a tin of a third of its width."""

FOLD = np.radians(25.0)
"""How far each half of a folded photo leans back; the fold runs down the nose."""


class Paper(StrEnum):
    FLAT = "flat"
    BENT = "bent"
    FOLDED = "folded"


class Motion(StrEnum):
    """How it is moved: swung to one side, wandering about all axes, or only shifted, scaled and turned in its plane."""

    SWUNG = "swung"
    WANDERING = "wandering"
    IN_ITS_PLANE = "in its plane"


@dataclass(frozen=True, slots=True)
class Hold:
    """One moment: yaw, pitch and roll in degrees, pixels per photo width, and the shift in pixels."""

    angles: tuple[float, float, float]
    size: float
    shift: tuple[float, float]


def wave(
    photo: Photo, centre: NDArray[np.floating], paper: Paper, motion: Motion, random: np.random.Generator
) -> Iterator[Photo]:
    """Eight frames of a photo waved before a camera; `centre` (2,) is the face's middle, about which it turns."""
    distance = random.uniform(1.2, 4.0)
    for hold in _holds(motion, random):
        yield draw(photo, centre, paper, hold, distance)


def draw(photo: Photo, centre: NDArray[np.floating], paper: Paper, hold: Hold, distance: float) -> Photo:
    """One frame, 640 x 480, from a camera `distance` photo widths away. Strips that face away are not seen."""
    canvas, source = Image.new("RGB", (WIDTH, HEIGHT), BACKGROUND), Image.fromarray(photo.pixels)
    for left, right in _strips(photo.width, float(centre[0]), paper):
        corners = np.array([[left, 0], [right, 0], [right, photo.height], [left, photo.height]], np.float64)
        seen = _project(_formed((corners - centre) / photo.width, paper), hold, distance)
        if _area(seen) <= 0:
            continue
        back = projective_map(seen, corners)
        drawn = source.transform(
            canvas.size, Image.Transform.PERSPECTIVE, tuple((back / back[2, 2]).ravel()[:8]), Image.Resampling.BILINEAR
        )
        mask = Image.new("L", canvas.size)
        ImageDraw.Draw(mask).polygon([(float(x), float(y)) for x, y in seen], fill=255)
        canvas.paste(drawn, mask=mask)
    return Photo(np.asarray(canvas))


def _holds(motion: Motion, random: np.random.Generator) -> Iterator[Hold]:
    size, growth = random.uniform(280, 450), random.uniform(0.8, 1.25)
    end = np.array([random.choice([-1, 1]) * random.uniform(25, 65), *random.uniform(-25, 25, 2)])
    wandering = np.cumsum(random.normal(0, [10, 6, 6], (FRAMES, 3)), axis=0)
    for index, part in enumerate(np.linspace(0, 1, FRAMES)):
        yaw, pitch, roll = {
            Motion.SWUNG: end * part,
            Motion.WANDERING: np.clip(wandering[index], -60, 60),
            Motion.IN_ITS_PLANE: end * [0, 0, part],
        }[motion]
        dx, dy = random.normal(0, 10, 2)
        yield Hold((float(yaw), float(pitch), float(roll)), size * float(growth**part), (float(dx), float(dy)))


def _strips(width: int, middle: float, paper: Paper) -> list[tuple[float, float]]:
    edges = {
        Paper.FLAT: [0.0, width],
        Paper.FOLDED: [0.0, middle, width],
        Paper.BENT: list(np.linspace(0, width, STRIPS + 1)),
    }[paper]
    return list(pairwise(edges))


def _formed(points: NDArray[np.float64], paper: Paper) -> NDArray[np.float64]:
    """Points (N, 2) of the photo in space (N, 3), the third coordinate away from the camera."""
    across, down = points.T
    match paper:
        case Paper.FOLDED:
            return np.stack([across * np.cos(FOLD), down, np.abs(across) * np.sin(FOLD)], axis=1)
        case Paper.BENT:
            angle = across / RADIUS
            return np.stack([RADIUS * np.sin(angle), down, RADIUS * (1 - np.cos(angle))], axis=1)
        case Paper.FLAT:
            return np.stack([across, down, np.zeros_like(across)], axis=1)


def _project(points: NDArray[np.float64], hold: Hold, distance: float) -> NDArray[np.float64]:
    placed = points @ rotation(*hold.angles).T
    nearness = hold.size / (1 + placed[:, 2:] / distance)
    return np.asarray(placed[:, :2] * nearness + [WIDTH / 2, HEIGHT / 2] + hold.shift)


def rotation(yaw: float, pitch: float, roll: float) -> NDArray[np.float64]:
    """(3, 3), from degrees about the vertical axis, the horizontal one and the line of sight, in this order."""
    (sy, sp, sr), (cy, cp, cr) = np.sin(np.radians([yaw, pitch, roll])), np.cos(np.radians([yaw, pitch, roll]))
    about_vertical = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    about_horizontal = np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
    return np.asarray(np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]]) @ about_horizontal @ about_vertical)


def _area(corners: NDArray[np.float64]) -> float:
    """Positive for corners seen clockwise, as on the photo."""
    (x, y), (next_x, next_y) = corners.T, np.roll(corners, -1, axis=0).T
    return float((x * next_y - next_x * y).sum() / 2)
