"""The class that everything is timed on: thirty people with three photos each, ten of them on a class photo.

The people of LFW's development view where it lies beside the repository; else the sample photos, each turned into
several people's by mirroring and light, which tells as much about speed and nothing about accuracy.
"""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, product
from pathlib import Path

from PIL import Image, ImageEnhance, ImageOps

from attendance_ml.faces import FaceEngine, FacesError, decode_image
from attendance_ml.samples import Box, Portrait, compose_class, sample_portrait

ROSTER, PHOTOS, ON_PHOTO = 30, 3, 10
FACE_WIDTH = 150
SIZES = {"10 faces, 1920x1280": (1920, 1280), "10 faces, 4000x3000": (4000, 3000)}
PORTRAIT_SIZE = (640, 480)
_LFW = Path(__file__).resolve().parents[3] / "shared" / "data" / "lfw-view1" / "images"
_FRONTAL = ("obama.jpg", "obama3.jpg", "biden.jpg", "grace_hopper.jpg", "astronaut.png")
_ENLARGED = 2
"""LFW's faces are 90 px wide, and 80 are the least that may be enrolled."""


@dataclass(frozen=True, slots=True)
class Classmate:
    """One of the roster: photos to enrol, and one more for the class photo."""

    name: str
    photos: Sequence[Image.Image]
    portrait: Portrait


@dataclass(frozen=True, slots=True)
class TimedClass:
    source: str
    classmates: Sequence[Classmate]

    def class_photo(self, size: tuple[int, int]) -> bytes:
        portraits = [classmate.portrait for classmate in self.classmates[:ON_PHOTO]]
        return _jpeg(compose_class(portraits, size=size, face_width=FACE_WIDTH).image)

    def portrait(self) -> bytes:
        return _jpeg(compose_class([self.classmates[0].portrait], size=PORTRAIT_SIZE, face_width=FACE_WIDTH).image)

    def enrolled(self) -> dict[str, list[bytes]]:
        """JPEG photos to enrol, by name."""
        return {classmate.name: [_jpeg(photo) for photo in classmate.photos] for classmate in self.classmates}


def timed_class(engine: FaceEngine) -> TimedClass:
    """The class; the engine only tells where the faces of LFW's photos are."""
    if _LFW.is_dir():
        return TimedClass("LFW development view", list(islice(_of_lfw(engine), ROSTER)))
    return TimedClass("sample photos, varied", list(islice(_of_samples(), ROSTER)))


def _of_lfw(engine: FaceEngine) -> Iterator[Classmate]:
    for folder in sorted(_LFW.iterdir()):
        paths = sorted(folder.iterdir())[: PHOTOS + 1]
        if len(paths) == PHOTOS + 1:
            images = [_enlarge(Image.open(path).convert("RGB")) for path in paths]
            try:
                boxes = [_face(engine, image) for image in images]
            except FacesError:
                continue  # a bystander, say: such a photo could not be enrolled
            yield Classmate(folder.name, images[:PHOTOS], Portrait(paths[-1].name, images[-1], boxes[-1], folder.name))


def _of_samples() -> Iterator[Classmate]:
    for light, mirrored, name in product((1.0, 0.9, 1.1), (False, True), _FRONTAL):
        portrait = sample_portrait(name)
        image = ImageEnhance.Brightness(portrait.image).enhance(light)
        person = f"{name} {light} {'mirrored' if mirrored else ''}".strip()
        own = Portrait(name, ImageOps.mirror(image) if mirrored else image, _mirror(portrait, mirrored), person)
        photos = [ImageEnhance.Contrast(own.image).enhance(contrast) for contrast in (0.9, 1.0, 1.1)]
        yield Classmate(person, photos, own)


def _mirror(portrait: Portrait, mirrored: bool) -> Box:
    face, width = portrait.face, portrait.image.width
    return Box(width - face.right, face.top, width - face.left, face.bottom) if mirrored else face


def _face(engine: FaceEngine, image: Image.Image) -> Box:
    face = engine.detect_single(
        decode_image(_jpeg(image)), validate_single=True, min_face_size=80, min_face_area_ratio=0
    )
    return Box(*face.box)


def _enlarge(image: Image.Image) -> Image.Image:
    return image.resize((image.width * _ENLARGED, image.height * _ENLARGED), Image.Resampling.LANCZOS)


def _jpeg(image: Image.Image) -> bytes:
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=92)
    return stream.getvalue()
