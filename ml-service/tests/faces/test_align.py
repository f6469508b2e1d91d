"""Crops beside those of OpenCV's FaceRecognizerSF."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from attendance_ml.faces import Photo
from attendance_ml.faces.align import CROP_SIDE, GRID, TEMPLATE, align_faces, similarity_transforms
from attendance_ml.faces.detect import SCORE, Detector
from attendance_ml.faces.passes import find_first


@pytest.fixture(scope="module")
def recogniser(model_paths: dict[str, Path]) -> cv2.FaceRecognizerSF:
    return cv2.FaceRecognizerSF.create(str(model_paths["sface"]), "")


def test_landmarks_on_the_template_need_no_change() -> None:
    factor, shift = similarity_transforms(TEMPLATE[None])[0]
    assert factor == pytest.approx(1)
    assert shift == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("degrees", [-170, -30, 0, 45, 90])
def test_a_turned_scaled_and_moved_face_is_found_back(degrees: float) -> None:
    turn = 3.5 * np.exp(1j * np.radians(degrees))
    moved = (TEMPLATE[:, 0] + 1j * TEMPLATE[:, 1]) * turn + (400 + 250j)
    factor, shift = similarity_transforms(np.stack([moved.real, moved.imag], axis=1)[None])[0]
    assert factor == pytest.approx(turn)
    assert shift == pytest.approx(400 + 250j)


@pytest.mark.parametrize(
    "name", ["astronaut.png", "grace_hopper.jpg", "obama.jpg", "biden.jpg", "obama_partial_face.jpg"]
)
def test_crops_are_those_of_opencv_to_a_few_levels(
    name: str, photo: Callable[[str], Photo], detector: Detector, recogniser: cv2.FaceRecognizerSF
) -> None:
    pixels = photo(name).pixels
    found = find_first(detector, pixels)
    ours = align_faces(pixels, found[:, 4:SCORE].reshape(-1, 5, 2))
    theirs = [recogniser.alignCrop(np.ascontiguousarray(pixels[:, :, ::-1]), row)[:, :, ::-1] for row in found]
    differences = np.abs(ours.astype(int) - np.stack(theirs))
    assert differences.max() <= 4
    assert differences.mean() < 0.05


def test_what_lies_outside_the_photo_is_black() -> None:
    white = np.full((60, 60, 3), 255, np.uint8)
    crop = align_faces(white, TEMPLATE[None] - 40)[0]
    assert crop[:39].max() == crop[:, :39].max() == 0
    assert crop[41:99, 41:99].min() == 255
    assert crop[101:].max() == 0


def test_a_face_wholly_outside_gives_a_black_crop() -> None:
    assert align_faces(np.full((60, 60, 3), 255, np.uint8), TEMPLATE[None] + 500).max() == 0


def test_no_faces_give_no_crops() -> None:
    assert align_faces(np.zeros((60, 60, 3), np.uint8), np.empty((0, 5, 2))).shape == (0, CROP_SIDE, CROP_SIDE, 3)


def test_the_grid_counts_across_then_down() -> None:
    assert GRID[2, 5] == 5 + 2j
