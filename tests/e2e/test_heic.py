"""Photos as an iPhone takes them, through all three programs: enrolled, recognised, shown to who may see them."""

import io
from typing import Any

import httpx2
import pytest
from photos import as_heic
from PIL import Image
from product import KEY, Stack, sign_in
from school import School, add_student

from attendance_cli.accounts import Account
from attendance_ml.samples import compose_class, sample_photo, sample_portrait

SIZE = (2560, 1920)
ENROLLED = {"obama": "obama.jpg", "hopper": "grace_hopper.jpg"}
ON_PHOTO = ("obama3.jpg", "biden.jpg", "grace_hopper.jpg")


@pytest.fixture(scope="module")
def roster(school: School) -> dict[str, str]:
    """Two students enrolled from HEIC; their names by id."""
    names = {}
    for number, (name, photo) in enumerate(ENROLLED.items()):
        student = add_student(school.office, f"H{number}", name)
        with Image.open(sample_photo(photo)) as portrait:
            sent = as_heic(portrait.convert("RGB"), 6)
        kept = school.office.post(f"/students/{student}/face-photos", files=[("photos", sent)]).raise_for_status()
        assert kept.json()["photos"][0]["accepted"] is True
        school.office.put(f"/subjects/{school.subject}/roster/{student}").raise_for_status()
        names[student] = name
    return names


@pytest.fixture(scope="module")
def capture(school: School, roster: dict[str, str]) -> dict[str, Any]:
    """A class photographed by a phone that was held upright, and recognised."""
    portraits = [sample_portrait(name) for name in ON_PHOTO]
    picture = compose_class(portraits, size=SIZE, face_width=180).image
    sent = as_heic(picture, 6, tile_size=512)
    answer = school.teacher.post(
        f"/sessions/{school.session}/captures", content=sent, headers={"content-type": "image/heic"}
    )
    assert answer.status_code == 200, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


def test_the_class_on_a_heic_is_recognised(capture: dict[str, Any], roster: dict[str, str]) -> None:
    assert (capture["state"], capture["width"], capture["height"]) == ("recognised", *SIZE)
    known = {face["student_id"]: face["status"] for face in capture["faces"]}
    assert {roster.get(student, "nobody"): status for student, status in known.items()} == {
        "obama": "present",
        "hopper": "present",
        "nobody": "unknown",
    }


def test_its_teacher_is_shown_an_upright_jpeg_without_notes(school: School, capture: dict[str, Any]) -> None:
    photo = school.teacher.get(f"/captures/{capture['id']}/photo").raise_for_status()

    assert capture["viewable"] is True
    assert photo.headers["content-type"] == "image/jpeg"
    assert (photo.headers["cache-control"], photo.headers["x-content-type-options"]) == ("no-store", "nosniff")
    with Image.open(io.BytesIO(photo.content)) as shown:
        assert (shown.format, shown.size) == ("JPEG", (2048, 1536))
        assert not shown.getexif()


def test_the_jpeg_shows_the_faces_where_the_capture_says(stack: Stack, school: School, capture: dict[str, Any]) -> None:
    jpeg = school.teacher.get(f"/captures/{capture['id']}/photo").content
    found = httpx2.post(f"{stack.ml_url}/api/ml/detect-faces", content=jpeg, headers={"X-API-Key": KEY}, timeout=60)

    scale = capture["width"] / 2048
    seen = [face["location"]["left"] * scale for face in found.json()["faces"]]
    assert seen == pytest.approx([face["location"]["left"] for face in capture["faces"]], abs=12)


def test_another_teacher_finds_no_such_photo(stack: Stack, school: School, capture: dict[str, Any]) -> None:
    account = Account("other@school.example", "Teacher other", "a long enough password")
    with sign_in(stack, account) as other:
        answer = other.get(f"/captures/{capture['id']}/photo")
    assert (answer.status_code, answer.json()["error_code"]) == (404, "NOT_FOUND")
    assert school.teacher.get(f"/captures/{capture['id']}/photo").status_code == 200
