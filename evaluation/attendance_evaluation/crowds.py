"""Photos of many people: whether small faces and close-ups are found, once each, and at what cost, by way of looking.

The composed ones are made here from photos of single people; the people's places are known, nobody's name is used.
"""

import csv
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from attendance_evaluation.photos import labelled_photos
from attendance_evaluation.vectors import central_face
from attendance_ml.faces import FaceEngine, Photo, decode_image
from attendance_ml.faces.detect import Detections, Detector
from attendance_ml.faces.passes import WIDE, find_all, find_at, full_size
from attendance_ml.faces.resize import shrink
from attendance_ml.samples import Box, Portrait, compose_class, sample_portrait

SIZE = (4000, 3000)
WIDTHS = (24, 32, 48, 64)
PEOPLE = 60
CLOSE_UP = 1550
CLOSE_UPS = ("biden.jpg", "obama2.jpg", "grace_hopper.jpg")
SOURCE_WIDTH = 60
"""Pixels: a source's face is at least so wide, so that none is enlarged by more than a few pixels."""

NEAREST, FARTHEST = 0.4, 2.5
"""How far a found box's width may be from the true one's: dlib's boxes are squares, YuNet's are taller than wide."""

MARGIN = 0.12
"""What is shown around the close-up's face, as a share of its sides."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A photo and the true box of each face on it, in its pixels."""

    name: str
    image: Image.Image
    faces: list[Box]


@dataclass(frozen=True, slots=True)
class Tally:
    """By the composed width nearest to that of the true faces: how many there are and how many were found.

    `false` are finds where no face is known to be, `doubles` second finds of one face.
    """

    there: dict[int, int]
    found: dict[int, int]
    false: int
    doubles: int


WAYS: Mapping[str, Callable[[Detector, Photo], Detections]] = {
    "one pass at 1920": lambda detector, photo: find_at(detector, photo.pixels, shrink(photo.pixels, WIDE)),
    "full size only": lambda detector, photo: find_at(detector, photo.pixels, full_size(photo.pixels)),
    "the rule": lambda detector, photo: find_all(detector, photo.pixels, None, photo.half),
}


def labelled_crowds(data: Path) -> list[Scene]:
    """The photos of `crowd-boxes` with their boxes."""
    with (data / "boxes.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    scenes = []
    for name in sorted({row["image"] for row in rows}):
        boxes = [Box(*(int(row[edge]) for edge in Box.__slots__)) for row in rows if row["image"] == name]
        scenes.append(Scene(name, Image.fromarray(decode_image((data / name).read_bytes()).pixels), boxes))
    return scenes


def sources(data: Path, engine: FaceEngine, seed: int) -> list[Portrait]:
    """One photo each of sixty people of `lfw-view1`; the sample photos again and again where that is not at hand."""
    if not (data / "lfw-view1").is_dir():
        return [sample_portrait(CLOSE_UPS[index % len(CLOSE_UPS)]) for index in range(PEOPLE)]
    photos = {photo.person: photo.path for photo in labelled_photos(data / "lfw-view1")}
    people = random.Random(seed).sample(sorted(photos), len(photos))
    return list(islice(_portraits([photos[person] for person in people], engine), PEOPLE))


def _portraits(paths: Sequence[Path], engine: FaceEngine) -> Iterator[Portrait]:
    for path in paths:
        photo = decode_image(path.read_bytes())
        face = central_face(photo, engine.detect(photo, min_face_size=SOURCE_WIDTH, min_face_area_ratio=0))
        if face:
            yield Portrait(path.stem, Image.fromarray(photo.pixels), Box(*face.box))


def composed_crowds(portraits: Sequence[Portrait], seed: int) -> Iterator[Scene]:
    """Sixty people at each width, the close-up alone, and all of them before each other on one photo."""
    for width in WIDTHS:
        crowd = compose_class(portraits, size=SIZE, face_width=width)
        yield Scene(f"{PEOPLE} faces of {width} px, seed {seed}", crowd.image, [place.face for place in crowd.places])
    near, face = _close_up(sample_portrait(CLOSE_UPS[seed % len(CLOSE_UPS)]))
    yield Scene(f"close-up of {CLOSE_UP} px, seed {seed}", near, [face])
    yield _mixed(portraits, near, face, seed)


def _close_up(portrait: Portrait) -> tuple[Image.Image, Box]:
    """A face 1,550 px wide at the left of a grey photo."""
    scale, face = CLOSE_UP / portrait.face.width, portrait.face
    left, top = max(0, round(face.left - MARGIN * face.width)), max(0, round(face.top - MARGIN * face.height))
    right = min(portrait.image.width, round(face.right + MARGIN * face.width))
    bottom = min(portrait.image.height, round(face.bottom + MARGIN * face.height), round(top + SIZE[1] / scale))
    shown = round((right - left) * scale), round((bottom - top) * scale)
    image = Image.new("RGB", SIZE, (128, 128, 128))
    image.paste(portrait.image.resize(shown, Image.Resampling.LANCZOS, box=(left, top, right, bottom)), (0, 0))
    edges = (face.left - left, face.top - top, face.right - left, face.bottom - top)
    return image, Box(*(round(edge * scale) for edge in edges))


def _mixed(portraits: Sequence[Portrait], near: Image.Image, face: Box, seed: int) -> Scene:
    """The close-up, and right of it fifteen people at each width."""
    image, faces, each = near.copy(), [face], PEOPLE // len(WIDTHS)
    room = (SIZE[0] - 2000, SIZE[1] // len(WIDTHS))
    for row, width in enumerate(WIDTHS):
        left, top = SIZE[0] - room[0], row * room[1]
        crowd = compose_class(portraits[row * each : (row + 1) * each], size=room, face_width=width)
        image.paste(crowd.image, (left, top))
        boxes = (place.face for place in crowd.places)
        faces += [Box(box.left + left, box.top + top, box.right + left, box.bottom + top) for box in boxes]
    return Scene(f"{PEOPLE} faces of {WIDTHS} px and a close-up, seed {seed}", image, faces)


def tally(found: Detections, faces: Sequence[Box]) -> Tally:
    """Which of `faces` were found. A find belongs to the nearest true face whose box holds its middle."""
    there: dict[int, int] = {}
    seen: dict[int, int] = {}
    owners = [_owner(row, faces) for row in found]
    for index, face in enumerate(faces):
        width = nominal(face.width)
        there[width] = there.get(width, 0) + 1
        seen[width] = seen.get(width, 0) + (index in owners)
    owned = [owner for owner in owners if owner is not None]
    return Tally(there, seen, false=owners.count(None), doubles=len(owned) - len(set(owned)))


def nominal(width: int) -> int:
    """The composed width nearest to `width`."""
    return min((*WIDTHS, CLOSE_UP), key=lambda known: abs(known - width))


def _owner(row: NDArray[np.float32], faces: Sequence[Box]) -> int | None:
    x, y = row[0] + row[2] / 2, row[1] + row[3] / 2
    holding = [
        index
        for index, face in enumerate(faces)
        if face.left <= x <= face.right
        and face.top <= y <= face.bottom
        and NEAREST <= float(row[2]) / face.width <= FARTHEST
    ]
    return min(holding, key=lambda index: abs(faces[index].left + faces[index].right - 2 * x), default=None)
