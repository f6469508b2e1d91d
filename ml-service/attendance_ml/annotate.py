"""Draws what was found on a photo: a frame, five points and a number a face; below, what each number means.

Names nobody and copies nothing but pixels.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import TypeAlias

from PIL import Image, ImageDraw, ImageFont

from attendance_ml.faces import DetectedFace, Photo

Font: TypeAlias = ImageFont.FreeTypeFont | ImageFont.ImageFont
Colour: TypeAlias = tuple[int, int, int]

SMALLEST_SIDE = 1280
"""A photo with a shorter long side is enlarged, or nothing could be written beside its faces."""

GOOD, DOUBTFUL = (38, 208, 124), (255, 176, 32)
INK, PAPER, QUIET, BACKDROP = (18, 22, 28), (236, 240, 245), (150, 160, 172), (18, 22, 28)
LETTERS = 80
"""The photo's long side in letter heights."""

COLUMN = 30
"""Width of a column of the key, in letter heights: the longest usual advice fits."""


@dataclass(frozen=True, slots=True)
class Scale:
    """How large things are drawn. `factor` is what photo pixels were multiplied by; the others are pixels drawn."""

    factor: float
    letter: int
    stroke: int

    @property
    def font(self) -> Font:
        return ImageFont.load_default(self.letter)


def annotate(photo: Photo, faces: Sequence[DetectedFace]) -> Image.Image:
    """The photo with its faces framed and numbered in the order given, and their key below. No metadata."""
    factor = max(1.0, SMALLEST_SIDE / max(photo.width, photo.height))
    size = round(photo.width * factor), round(photo.height * factor)
    picture = Image.fromarray(photo.pixels)
    if factor > 1:
        picture = picture.resize(size, Image.Resampling.LANCZOS)
    letter = round(max(size) / LETTERS)
    scale = Scale(factor, letter, stroke=max(2, letter // 8))
    draw = ImageDraw.Draw(picture)
    for face in faces:
        _frame(draw, face, scale)
    for number, face in enumerate(faces, 1):
        _tag(draw, face, str(number), scale)
    return _above(picture, _key(photo, faces, picture.width, scale))


def describe(face: DetectedFace) -> str:
    """One face in words: its size, the detector's score, how fit it is to be recognised, and what would help."""
    words = ", ".join(face.quality.advice) or "good"
    return f"{face.size} px, score {face.score:.2f}, quality {face.quality.score:.2f}: {words}"


def _colour(face: DetectedFace) -> Colour:
    return DOUBTFUL if face.quality.reasons else GOOD


def _box(face: DetectedFace, scale: Scale) -> tuple[float, float, float, float]:
    left, top, right, bottom = (edge * scale.factor for edge in face.box)
    return left, top, right - 1, bottom - 1


def _frame(draw: ImageDraw.ImageDraw, face: DetectedFace, scale: Scale) -> None:
    """Round a small face the lines are thin, so that they hide nothing of it."""
    left, top, right, bottom = _box(face, scale)
    side = min(right - left, bottom - top)
    stroke = max(1, min(scale.stroke, round(side / 12)))
    draw.rounded_rectangle((left, top, right, bottom), radius=side / 8, outline=_colour(face), width=stroke)
    radius = max(1.0, min(scale.stroke * 1.2, side / 30))
    for x, y in face.landmarks * scale.factor:
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=_colour(face), outline=INK)


def _tag(draw: ImageDraw.ImageDraw, face: DetectedFace, number: str, scale: Scale) -> None:
    """The face's number on its frame's upper left corner; below the frame where there is no room above."""
    left, top, _, bottom = _box(face, scale)
    pad = scale.letter * 0.3
    width, height = draw.textlength(number, font=scale.font) + 2 * pad, scale.letter * 1.3
    x = min(max(left, 0), draw.im.size[0] - width)
    y = top - height if top >= height else min(bottom, draw.im.size[1] - height)
    draw.rounded_rectangle((x, y, x + width, y + height), radius=pad, fill=_colour(face))
    draw.text((x + width / 2, y + height / 2), number, font=scale.font, fill=INK, anchor="mm")


def _key(photo: Photo, faces: Sequence[DetectedFace], width: int, scale: Scale) -> Image.Image:
    """What each number means, in as many columns as fit."""
    letter, line = scale.letter, round(scale.letter * 1.6)
    columns = max(1, min(len(faces), (width - letter) // (COLUMN * letter)))
    rows = ceil(len(faces) / columns)
    key = Image.new("RGB", (width, line * (rows + 1) + 2 * letter), BACKDROP)
    draw = ImageDraw.Draw(key)
    found = f"{len(faces)} face{'' if len(faces) == 1 else 's'}" if faces else "No face"
    draw.text((letter, letter), f"{found} found, {photo.width} x {photo.height} pixels", font=scale.font, fill=PAPER)
    for index, face in enumerate(faces):
        column, row = divmod(index, rows)
        x, y = letter + column * ((width - letter) // columns), letter + line * (row + 1)
        draw.text((x, y), str(index + 1), font=scale.font, fill=_colour(face))
        draw.text((x + 2 * letter, y), describe(face), font=scale.font, fill=PAPER if face.quality.reasons else QUIET)
    return key


def _above(picture: Image.Image, key: Image.Image) -> Image.Image:
    whole = Image.new("RGB", (picture.width, picture.height + key.height), BACKDROP)
    whole.paste(picture, (0, 0))
    whole.paste(key, (0, picture.height))
    return whole
