"""The picture of what was seen: frames where faces are, a key below, nothing else of the photo's file."""

import itertools

import numpy as np
import pytest
from PIL import Image

from attendance_ml.annotate import BACKDROP, DOUBTFUL, GOOD, SMALLEST_SIDE, annotate, describe
from attendance_ml.faces import DetectedFace, FaceEngine, Photo, decode_image, load_engine
from attendance_ml.faces.models import ModelStore
from attendance_ml.samples import compose_class, sample_photo, sample_portrait


@pytest.fixture(scope="module")
def engine() -> FaceEngine:
    return load_engine({name: ModelStore().path(name) for name in ("yunet", "sface")}, threads=2)


@pytest.fixture(scope="module")
def portrait() -> Photo:
    return decode_image(sample_photo("grace_hopper.jpg").read_bytes())


def seen(engine: FaceEngine, photo: Photo) -> list[DetectedFace]:
    return engine.detect(photo, min_face_size=12, min_face_area_ratio=0)


def has_colour(part: Image.Image, colour: tuple[int, int, int]) -> bool:
    return bool((np.asarray(part) == colour).all(axis=2).any())


def test_a_small_photo_is_enlarged_so_that_its_key_can_be_read(engine: FaceEngine, portrait: Photo) -> None:
    picture = annotate(portrait, seen(engine, portrait))
    enlarged = round(portrait.width * SMALLEST_SIDE / portrait.height)
    assert picture.width == enlarged
    assert picture.height > SMALLEST_SIDE
    assert picture.getpixel((enlarged - 1, picture.height - 1)) == BACKDROP


def test_a_good_face_has_a_green_frame_on_its_box(engine: FaceEngine, portrait: Photo) -> None:
    (face,) = seen(engine, portrait)
    factor = SMALLEST_SIDE / portrait.height
    left, top, _, bottom = (edge * factor for edge in face.box)
    picture = annotate(portrait, [face])
    assert has_colour(picture.crop((int(left) - 2, int(top + 90), int(left) + 8, int(bottom - 90))), GOOD)
    assert not has_colour(picture, DOUBTFUL)


def test_what_would_help_is_said_of_a_face_that_is_seen_badly(engine: FaceEngine, portrait: Photo) -> None:
    dark = Photo((portrait.pixels * 0.12).astype(np.uint8))
    (face,) = seen(engine, dark)
    assert "find more light" in describe(face)
    assert has_colour(annotate(dark, [face]), DOUBTFUL)


def test_sixty_faces_have_a_line_each_below_the_photo(engine: FaceEngine) -> None:
    people = [sample_portrait(name) for name in ("obama.jpg", "biden.jpg", "grace_hopper.jpg", "astronaut.png")]
    composed = compose_class(list(itertools.islice(itertools.cycle(people), 60)), size=(4000, 3000), face_width=60)
    photo = Photo(np.asarray(composed.image))
    faces = seen(engine, photo)
    few, many = annotate(photo, faces[:3]), annotate(photo, faces)
    assert len(faces) == 60
    assert (few.width, many.width) == (4000, 4000)
    assert many.height > few.height > 3000


def test_a_photo_of_nobody_says_so_below_it(portrait: Photo) -> None:
    picture = annotate(portrait, [])
    assert not has_colour(picture, GOOD)
    assert picture.height > SMALLEST_SIDE


def test_frames_and_numbers_at_the_photos_edges_stay_on_it(engine: FaceEngine, portrait: Photo) -> None:
    (face,) = seen(engine, portrait)
    left, top, right, bottom = face.box
    tight = Photo(np.ascontiguousarray(portrait.pixels[top:bottom, left:right]))
    picture = annotate(tight, seen(engine, tight) or [face])
    assert has_colour(picture, GOOD) or has_colour(picture, DOUBTFUL)
