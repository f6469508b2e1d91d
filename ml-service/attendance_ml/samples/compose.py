"""Makes a class photo out of photos of single people, and says in the file that it is composed.

It looks for no face: where each one is, the caller knows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from math import ceil
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageOps

from attendance_ml.samples.catalogue import SAMPLES, Box, sample_photo

NOTICE = "Composed by Smart Attendance from photos of single people; this class never sat together."

# What is shown around a face box, in face widths to the sides and face heights above and below: head and shoulders.
_BESIDE, _ABOVE, _BELOW = 0.62, 0.38, 0.55
_GAP = 0.25
"""Of a face width, between two people."""
_EDGE = 0.06
"""Of a face width: how far a cut-out fades into the background, so that it has no hard frame."""
_WALL, _FLOOR, _BOARD = (214, 210, 200), (158, 146, 130), (58, 84, 72)
_GRAIN = 3.0
"""Standard deviation of the sensor noise laid over the background, in grey levels."""


@dataclass(frozen=True, slots=True)
class Portrait:
    """One person's photo and where the face is on it. `picture` names the original it was made from."""

    picture: str
    image: Image.Image
    face: Box
    person: str | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a portrait's face came to lie on the class photo."""

    picture: str
    person: str | None
    face: Box


@dataclass(frozen=True, slots=True)
class ClassPhoto:
    image: Image.Image
    places: list[Place]

    def save(self, path: Path, *, quality: int = 92) -> None:
        """Write a JPEG whose comment and EXIF description say that it is composed."""
        exif = Image.Exif()
        exif[0x010E] = NOTICE  # ImageDescription
        self.image.save(path, "JPEG", quality=quality, comment=NOTICE.encode(), exif=exif)


def sample_portrait(name: str) -> Portrait:
    """Return a sample photo that shows one whole face. Raises `ValueError` for one that does not."""
    sample = SAMPLES[name]
    if sample.face is None:
        raise ValueError(f"{name} shows no whole face")
    with Image.open(sample_photo(name)) as image:
        return Portrait(name, image.convert("RGB"), sample.face, sample.person)


def compose_class(portraits: Sequence[Portrait], *, size: tuple[int, int], face_width: int) -> ClassPhoto:
    """Place the portraits in rows before a classroom wall, each face `face_width` pixels wide.

    `size` is width and height in pixels. The result depends on nothing but the arguments. Raises `ValueError` if
    they do not fit.
    """
    cut_outs = [_cut_out(portrait, face_width) for portrait in portraits]
    rows = _rows([cut.image.width for cut in cut_outs], size[0], gap=round(_GAP * face_width))
    heights = [max(cut_outs[i].image.height for i in row) for row in rows]
    top = _first_row(heights, size[1], gap=round(_GAP * face_width))
    image = _classroom(size).copy()
    places: list[Place] = []
    for row, height in zip(rows, heights, strict=True):
        places += _paste_row(image, [cut_outs[i] for i in row], top + height, face_width)
        top += height + round(_GAP * face_width)
    return ClassPhoto(image, places)


@dataclass(frozen=True, slots=True)
class _CutOut:
    image: Image.Image
    place: Place
    """Relative to the cut-out."""


def _cut_out(portrait: Portrait, face_width: int) -> _CutOut:
    face, scale = portrait.face, face_width / portrait.face.width
    left = max(0, round(face.left - _BESIDE * face.width))
    top = max(0, round(face.top - _ABOVE * face.height))
    right = min(portrait.image.width, round(face.right + _BESIDE * face.width))
    bottom = min(portrait.image.height, round(face.bottom + _BELOW * face.height))
    size = (round((right - left) * scale), round((bottom - top) * scale))
    image = portrait.image.resize(size, Image.Resampling.LANCZOS, box=(left, top, right, bottom))
    moved = Box(
        left=round((face.left - left) * scale),
        top=round((face.top - top) * scale),
        right=round((face.right - left) * scale),
        bottom=round((face.bottom - top) * scale),
    )
    return _CutOut(image, Place(portrait.picture, portrait.person, moved))


def _rows(widths: Sequence[int], available: int, *, gap: int) -> list[list[int]]:
    """Spread the people evenly over as few rows as hold them."""
    for count in range(1, len(widths) + 1):
        length = ceil(len(widths) / count)
        rows = [list(range(start, min(start + length, len(widths)))) for start in range(0, len(widths), length)]
        if all(sum(widths[i] for i in row) + gap * (len(row) + 1) <= available for row in rows):
            return rows
    raise ValueError(f"a person is wider than the photo ({available} pixels), or there is nobody")


def _first_row(heights: Sequence[int], available: int, *, gap: int) -> int:
    spare = available - sum(heights) - gap * (len(heights) - 1)
    if spare < 0:
        raise ValueError(f"{len(heights)} rows of people need {-spare} pixels more than the photo's {available}")
    return spare * 2 // 3  # people sit below the middle


def _paste_row(image: Image.Image, row: Sequence[_CutOut], bottom: int, face_width: int) -> list[Place]:
    gap = (image.width - sum(cut.image.width for cut in row)) // (len(row) + 1)
    left, places = gap, []
    for cut in row:
        top = bottom - cut.image.height
        image.paste(cut.image, (left, top), _soft_mask(cut.image.size, round(_EDGE * face_width)))
        face = cut.place.face
        moved = Box(face.left + left, face.top + top, face.right + left, face.bottom + top)
        places.append(Place(cut.place.picture, cut.place.person, moved))
        left += cut.image.width + gap
    return places


def _soft_mask(size: tuple[int, int], edge: int) -> Image.Image:
    inner = Image.new("L", (size[0] - 2 * edge, size[1] - 2 * edge), 255)
    return ImageOps.expand(inner, edge, fill=0).filter(ImageFilter.GaussianBlur(edge / 2))


@cache
def _classroom(size: tuple[int, int]) -> Image.Image:
    width, height = size
    room = Image.new("RGB", size, _WALL)
    draw = ImageDraw.Draw(room)
    draw.rectangle((0, round(height * 0.8), width, height), fill=_FLOOR)
    draw.rectangle((width * 0.2, height * 0.06, width * 0.8, height * 0.5), fill=_BOARD, outline=(120, 92, 60), width=8)
    grain = np.random.default_rng(0).normal(0, _GRAIN, (height, width, 1))
    return Image.fromarray(np.clip(np.asarray(room) + grain, 0, 255).astype(np.uint8))
