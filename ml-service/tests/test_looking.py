"""`faces detect`, run as a person runs it: what it prints, writes and refuses."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from photos import as_heic, notes
from PIL import Image

from attendance_contract.images import MAX_IMAGE_BYTES
from attendance_ml.samples import sample_photo

HOPPER = sample_photo("grace_hopper.jpg")


def detect(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "attendance_ml", "faces", "detect", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ | environment)


def check_refused(answer: subprocess.CompletedProcess[str], *words: str) -> None:
    assert answer.returncode == 1
    assert answer.stdout == ""
    assert len(answer.stderr.splitlines()) == 1
    assert all(word in answer.stderr for word in words), answer.stderr


def test_every_face_has_a_line_with_its_size_and_quality() -> None:
    lines = detect(HOPPER).stdout.splitlines()
    assert lines[0] == "1 face on 512 x 600 pixels"
    assert lines[1].startswith("  1  170 px, score 0.9")
    assert lines[1].endswith(": good")


def test_data_tells_where_faces_are_and_holds_no_vector() -> None:
    told = json.loads(detect(HOPPER, "--json").stdout)
    (face,) = told["faces"]
    assert (told["count"], told["image_dimensions"]) == (1, [512, 600])
    assert face["location"] == pytest.approx({"top": 120, "right": 353, "bottom": 332, "left": 183}, abs=3)
    assert set(face["landmarks"]) == {"left_eye", "right_eye", "nose", "mouth_left", "mouth_right"}
    assert face["quality"]["reasons"] == []
    assert "embedding" not in face


def test_a_photo_without_faces_is_no_error() -> None:
    answer = detect(sample_photo("coffee.png"))
    assert (answer.returncode, answer.stdout) == (0, "0 faces on 600 x 400 pixels\n")


@pytest.mark.parametrize("name", ["seen.jpg", "seen.JPEG", "seen.png"])
def test_the_picture_holds_no_note_of_where_the_photo_was_taken(tmp_path: Path, name: str) -> None:
    with Image.open(HOPPER) as photo:
        photo.save(tmp_path / "photo.jpg", exif=notes(1), comment=b"in the school yard")
    assert detect(tmp_path / "photo.jpg", "--out", tmp_path / name).returncode == 0
    with Image.open(tmp_path / name) as picture:
        assert picture.size[1] > 1280
        assert not picture.getexif()
        assert "comment" not in picture.info


def test_a_turned_heic_is_seen_upright(tmp_path: Path) -> None:
    with Image.open(HOPPER) as photo:
        (tmp_path / "photo.heic").write_bytes(as_heic(photo, orientation=6))
    assert detect(tmp_path / "photo.heic").stdout.startswith("1 face on 512 x 600 pixels")


def test_what_can_not_be_read_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "letter.jpg").write_text("Dear teacher", encoding="utf-8")
    (tmp_path / "half.jpg").write_bytes(HOPPER.read_bytes()[:20_000])
    with (tmp_path / "huge.jpg").open("wb") as huge:
        huge.truncate(MAX_IMAGE_BYTES + 1)
    check_refused(detect(tmp_path / "gone.jpg"), "gone.jpg can't be read: no such file")
    check_refused(detect(tmp_path), "can't be read: is a directory")
    check_refused(detect(tmp_path / "letter.jpg"), "letter.jpg: This is no JPEG, PNG, WebP or HEIC image.")
    check_refused(detect(tmp_path / "half.jpg"), "half.jpg: The image is damaged")
    check_refused(detect(tmp_path / "huge.jpg"), "huge.jpg is larger than 20 MB")


def test_missing_models_are_said_with_the_command_that_brings_them(tmp_path: Path) -> None:
    check_refused(detect(HOPPER, SMART_ATTENDANCE_CACHE=str(tmp_path)), "smart-attendance models fetch")


def test_the_photo_is_never_overwritten_whatever_its_name(tmp_path: Path) -> None:
    photo, link = tmp_path / "photo.jpg", tmp_path / "same.jpg"
    photo.write_bytes(HOPPER.read_bytes())
    link.symlink_to(photo)
    check_refused(detect(photo, "--out", link), "same.jpg is the photo itself")
    assert photo.read_bytes() == HOPPER.read_bytes()


def test_a_picture_that_can_not_be_written_is_said_so(tmp_path: Path) -> None:
    check_refused(detect(HOPPER, "--out", tmp_path / "seen.gif"), "written as .jpg or .jpeg or .png")
    check_refused(detect(HOPPER, "--out", tmp_path / "gone" / "seen.jpg"), "can't be written: no such file")


def test_a_picture_that_does_not_fit_leaves_the_one_before_it(tmp_path: Path) -> None:
    (tmp_path / "seen.jpg").write_bytes(b"the one before")
    command = ["sh", "-c", 'ulimit -f 8; exec "$@"', "sh", sys.executable, "-m", "attendance_ml"]
    paths = [str(HOPPER), "--out", str(tmp_path / "seen.jpg")]
    # What is left for files would not be enough for coverage's own.
    own = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")}
    answer = subprocess.run([*command, "faces", "detect", *paths], capture_output=True, text=True, check=False, env=own)
    check_refused(answer, "seen.jpg can't be written: file too large")
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("seen.jpg", b"the one before")]
