"""A composed class photo shows every face where it says it does, and says that it is composed."""

from dataclasses import astuple

import cv2
import numpy as np
import pytest
from PIL import Image

from attendance_ml.faces.models import ModelStore
from attendance_ml.samples import Box, compose_class, sample_portrait
from attendance_ml.samples.compose import NOTICE

NAMES = ("obama.jpg", "obama2.jpg", "obama3.jpg", "biden.jpg", "grace_hopper.jpg", "astronaut.png")


@pytest.fixture(scope="module")
def portraits():
    return [sample_portrait(name) for name in NAMES]


def test_a_detector_finds_every_face_at_its_place_and_no_other(portraits) -> None:
    photo = compose_class([*portraits, *portraits[:4]], size=(1920, 1280), face_width=150)
    found = detect(photo.image)
    assert len(found) == len(photo.places) == 10
    for place in photo.places:
        assert max(overlap(place.face, box) for box in found) > 0.7
        assert abs(place.face.width - 150) <= 1


def test_people_keep_their_order_and_names(portraits) -> None:
    places = compose_class(portraits, size=(1920, 1280), face_width=100).places
    assert [place.picture for place in places] == list(NAMES)
    assert [place.person for place in places][3:] == ["Joe Biden", "Grace Hopper", "Eileen Collins"]


def test_the_same_people_give_the_same_photo(portraits) -> None:
    once, again = (compose_class(portraits, size=(900, 700), face_width=60).image.tobytes() for _ in range(2))
    assert once == again


def test_the_saved_file_says_that_it_is_composed(portraits, tmp_path) -> None:
    compose_class(portraits, size=(900, 700), face_width=60).save(tmp_path / "class.jpg")
    with Image.open(tmp_path / "class.jpg") as saved:
        assert saved.info["comment"] == NOTICE.encode()
        assert saved.getexif()[0x010E] == NOTICE


@pytest.mark.parametrize(("size", "face_width"), [((200, 2000), 150), ((1920, 300), 150)])
def test_people_who_do_not_fit_are_refused(portraits, size, face_width) -> None:
    with pytest.raises(ValueError, match="pixels"):
        compose_class(portraits, size=size, face_width=face_width)


def test_a_photo_without_a_whole_face_is_no_portrait() -> None:
    with pytest.raises(ValueError, match=r"coffee\.png shows no whole face"):
        sample_portrait("coffee.png")


def detect(image: Image.Image) -> list[Box]:
    """Every face that the reference implementation of the detector finds."""
    detector = cv2.FaceDetectorYN.create(str(ModelStore().path("yunet")), "", image.size, 0.6)
    _, rows = detector.detect(np.ascontiguousarray(np.asarray(image)[:, :, ::-1]))
    return [Box(round(x), round(y), round(x + w), round(y + h)) for x, y, w, h, *_ in rows]


def overlap(one: Box, other: Box) -> float:
    """Intersection over union."""
    width = min(one.right, other.right) - max(one.left, other.left)
    height = min(one.bottom, other.bottom) - max(one.top, other.top)
    shared = max(0, width) * max(0, height)
    areas = [(right - left) * (bottom - top) for left, top, right, bottom in (astuple(one), astuple(other))]
    return shared / (sum(areas) - shared)
