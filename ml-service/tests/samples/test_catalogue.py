"""The catalogue tells the truth about the photos it names."""

import pytest
from PIL import Image

from attendance_ml.faces.models import WrongChecksumError
from attendance_ml.samples import SAMPLES, SampleMissingError, sample_photo


@pytest.mark.parametrize("name", SAMPLES)
def test_every_sample_is_a_picture_and_its_face_lies_inside(name) -> None:
    with Image.open(sample_photo(name)) as image:
        image.load()
        width, height = image.size
    face = SAMPLES[name].face
    assert width > 0
    assert face is None or (0 <= face.left < face.right <= width and 0 <= face.top < face.bottom <= height)


def test_a_missing_sample_is_an_error_that_names_the_command(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("SMART_ATTENDANCE_CACHE", str(tmp_path))
    with pytest.raises(SampleMissingError, match="python -m attendance_ml samples fetch"):
        sample_photo("obama.jpg")


def test_a_damaged_sample_is_deleted(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("SMART_ATTENDANCE_CACHE", str(tmp_path))
    (tmp_path / "samples").mkdir()
    damaged = tmp_path / "samples" / "obama.jpg"
    damaged.write_bytes(b"not a photo")
    with pytest.raises(WrongChecksumError):
        sample_photo("obama.jpg")
    assert not damaged.exists()
