"""The conversation with the decoding program, played through without a process."""

import io

import pytest
from photos import as_heic
from PIL import Image

from attendance_ml.faces.heic_decoder import decode

PHOTO = as_heic(Image.new("RGB", (64, 48), "red"), 6)


def test_it_tells_the_size_first_and_the_pixels_when_told_to_go_on() -> None:
    answer = io.BytesIO()
    decode(io.BytesIO(PHOTO + b"\n"), len(PHOTO), answer)
    head, _, pixels = answer.getvalue().partition(b"\n")
    assert head == b"64 48 RGB"
    assert len(pixels) == 64 * 48 * 3


def test_nothing_is_decoded_for_who_goes_away() -> None:
    answer = io.BytesIO()
    decode(io.BytesIO(PHOTO), len(PHOTO), answer)
    assert answer.getvalue() == b"64 48 RGB\n"


def test_a_photo_that_is_none_is_answered_with_nothing() -> None:
    answer = io.BytesIO()
    with pytest.raises(ValueError, match="Invalid"):
        decode(io.BytesIO(bytes(100)), 100, answer)
    assert answer.getvalue() == b""
