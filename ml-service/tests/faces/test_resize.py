"""Shrinking, beside OpenCV's area averaging."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from attendance_ml.faces import Photo
from attendance_ml.faces.resize import resample, shrink


@pytest.mark.parametrize(
    ("long_side", "wanted", "expected"),
    [(4000, 1920, 2000), (4032, 1920, 2016), (4624, 1920, 1920), (1920, 640, 640), (2000, 640, 667), (1000, 640, 640)],
)
def test_the_long_side_comes_within_a_tenth_of_what_was_asked(long_side: int, wanted: int, expected: int) -> None:
    pixels = np.zeros((long_side * 3 // 4, long_side, 3), np.uint8)
    assert shrink(pixels, wanted).shape[1] == expected


@pytest.mark.parametrize("long_side", [300, 640, 700])
def test_what_is_small_enough_comes_back_untouched(long_side: int) -> None:
    pixels = np.zeros((200, long_side, 3), np.uint8)
    assert shrink(pixels, 640) is pixels


@pytest.mark.parametrize("side", [2, 3, 6])
def test_whole_factors_give_the_means_that_opencv_gives(side: int, photo: Callable[[str], Photo]) -> None:
    pixels = photo("astronaut.png").pixels[:504, :504]
    ours = shrink(pixels, 504 // side)
    theirs = cv2.resize(pixels, (504 // side, 504 // side), interpolation=cv2.INTER_AREA)
    assert np.abs(ours.astype(int) - theirs).max() <= 1


def test_a_strip_left_over_is_averaged_too() -> None:
    pixels = np.full((101, 201, 3), 90, np.uint8)
    pixels[100:] = 200
    small = shrink(pixels, 100)
    assert small.shape == (51, 101, 3)
    assert (small[-1] == 200).all()


def test_other_factors_come_close_to_opencv(photo: Callable[[str], Photo]) -> None:
    pixels = photo("astronaut.png").pixels
    ours = shrink(pixels, 300)
    theirs = cv2.resize(pixels, (300, 300), interpolation=cv2.INTER_AREA)
    assert np.abs(ours.astype(int) - theirs).mean() < 4


def test_resampling_can_double(photo: Callable[[str], Photo]) -> None:
    pixels = photo("astronaut.png").pixels
    assert resample(pixels, 1024).shape == (1024, 1024, 3)
    assert np.abs(resample(resample(pixels, 1024), 512).astype(int) - pixels).mean() < 4
