"""One pass of the detector, beside OpenCV's FaceDetectorYN."""

import tracemalloc
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from attendance_ml.faces import Photo
from attendance_ml.faces.detect import NOTHING, SCORE, Detector, displacement, held_by, overlap, suppress

FACELESS = ["coffee.png", "chelsea.png", "rocket.jpg", "text.png", "coins.png"]
WITH_FACES = ["obama.jpg", "biden.jpg", "grace_hopper.jpg", "astronaut.png", "camera.png", "32bit.png"]


@pytest.fixture(scope="module")
def opencv(model_paths: dict[str, Path]) -> cv2.FaceDetectorYN:
    return cv2.FaceDetectorYN.create(str(model_paths["yunet"]), "", (0, 0), 0.6, 0.3, 5000)


def face(left: float, top: float, width: float, score: float) -> np.ndarray:
    row = np.zeros(15, np.float32)
    row[:4], row[SCORE] = (left, top, width, width), score
    return row


@pytest.mark.parametrize("name", [*WITH_FACES, *FACELESS])
def test_a_pass_finds_what_opencv_finds(
    name: str, photo: Callable[[str], Photo], detector: Detector, opencv: cv2.FaceDetectorYN
) -> None:
    pixels = photo(name).pixels
    opencv.setInputSize((pixels.shape[1], pixels.shape[0]))
    theirs = opencv.detect(np.ascontiguousarray(pixels[:, :, ::-1]))[1]
    np.testing.assert_allclose(detector(pixels), NOTHING if theirs is None else theirs, atol=2e-3)


@pytest.mark.parametrize("name", FACELESS)
def test_nobody_is_found_where_nobody_is(name: str, photo: Callable[[str], Photo], detector: Detector) -> None:
    assert detector(photo(name).pixels).shape == (0, 15)


def test_landmarks_lie_in_the_face_in_the_viewers_order(photo: Callable[[str], Photo], detector: Detector) -> None:
    (row,) = detector(photo("grace_hopper.jpg").pixels)
    left, top, width, height = row[:4]
    points = row[4:SCORE].reshape(5, 2)
    assert ((points >= [left, top]) & (points <= [left + width, top + height])).all()
    left_eye, right_eye, nose, mouth_left, mouth_right = points
    assert left_eye[0] < nose[0] < right_eye[0]
    assert mouth_left[0] < mouth_right[0]
    assert left_eye[1] < nose[1] < mouth_left[1]


def test_of_overlapping_boxes_the_best_stays() -> None:
    kept = suppress(np.stack([face(0, 0, 100, 0.7), face(10, 5, 100, 0.9), face(300, 0, 50, 0.8)]))
    assert kept[:, SCORE].tolist() == pytest.approx([0.9, 0.8])


def test_neighbours_stay_apart() -> None:
    crowd = np.stack([face(60.0 * column, 0, 50, 0.8) for column in range(10)])
    assert len(suppress(crowd)) == 10


def test_of_a_mosaic_the_best_thousand_stay_and_nothing_else_is_held() -> None:
    mosaic = np.stack([face(20.0 * number, 0, 18, 0.6 + number / 2e4) for number in range(5_000)])
    tracemalloc.start()
    kept = suppress(mosaic)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert kept[:, SCORE].tolist() == mosaic[:-1001:-1, SCORE].tolist()
    assert most < 20e6


def test_nothing_in_nothing_out() -> None:
    assert suppress(NOTHING).shape == (0, 15)


def test_overlap_is_the_share_of_the_union() -> None:
    others = np.stack([face(0, 0, 10, 1), face(5, 0, 10, 1), face(10, 0, 10, 1)])
    assert overlap(face(0, 0, 10, 1), others).tolist() == pytest.approx([1, 1 / 3, 0])


def test_a_face_is_held_by_another_as_far_as_it_lies_in_it() -> None:
    others = np.stack([face(0, 0, 100, 1), face(5, 0, 100, 1), face(50, 0, 10, 1)])
    assert held_by(others, face(0, 0, 10, 1)).tolist() == pytest.approx([1, 0.5, 0])


def test_landmarks_are_as_far_apart_as_they_lie_on_average_in_widths_of_the_wider_face() -> None:
    one, apart, small = face(0, 0, 10, 1), face(0, 0, 10, 1), face(0, 0, 5, 1)
    apart[4:SCORE:2] += 3
    apart[5:SCORE:2] += 4
    small[4] += 10
    assert displacement(one, np.stack([one, apart, small])).tolist() == pytest.approx([0, 0.5, 0.2])
