"""The register says of each face where it comes from, and notices when it is not what the photo shows."""

from pathlib import Path

import pytest

from attendance_cli.demo.attendance import Taken
from attendance_cli.demo.classes import DemoClass, KnownFace, Person
from attendance_cli.demo.register import data_of, differences, rows_of

HERE, THERE = ({"left": left, "top": 0, "right": left + 100, "bottom": 100} for left in (0, 200))


@pytest.fixture
def people():
    enrolled = [Person("Ada", [Path("ada1.jpg")]), Person("Bo", [Path("bo.jpg")])]
    faces = [KnownFace("ada2.jpg", "Ada", **HERE), KnownFace("stranger.jpg", None, **THERE)]
    return DemoClass(enrolled, Path("class.jpg"), "composed", faces)


def student(name: str, status: str, face_index: int | None) -> dict:
    proposal = "present" if face_index is not None else "not_seen"
    return {"name": name, "roll_number": name, "status": status, "proposal": proposal, "face_index": face_index}


def taken(*students: dict, unknown: int = 1) -> Taken:
    faces = [{"index": 0, "location": HERE}, {"index": 1, "location": THERE}]
    session = {"id": "1", "date": "2026-11-21", "period": 1, "state": "closed"}
    register = {"session": session, "students": students, "unknown_faces": [{"location": THERE}] * unknown}
    return Taken(register, {"faces": faces}, {})


def test_a_face_from_another_picture_is_told_from_the_enrolled_one(people) -> None:
    rows = rows_of(taken(student("Ada", "present", 0), student("Bo", "absent", None)), people)
    assert [(row.name, row.status, row.from_other_picture) for row in rows] == [
        ("Ada", "present", True),
        ("Bo", "absent", None),
        (None, "unknown", None),
    ]
    assert rows[2].origin == "from stranger.jpg: a person without a name, not enrolled"
    assert differences(rows, people) == []


def test_a_register_that_differs_from_the_photo_says_where(people) -> None:
    wrong = taken(student("Ada", "absent", None), student("Bo", "present", 1), unknown=0)
    assert data_of(rows_of(wrong, people), wrong, people)["differences"] == [
        "Ada is absent, but is on the photo",
        "Bo is present, but is not on the photo",
        "0 unknown faces, but 1 strangers",
    ]


def test_nothing_is_claimed_of_a_photo_of_which_nothing_is_known(people, tmp_path) -> None:
    photo, enrolled = tmp_path / "class.jpg", tmp_path / "ada.jpg"
    photo.write_bytes(b"one")
    enrolled.write_bytes(b"two")
    own = DemoClass([Person("Ada", [enrolled])], photo)
    rows = rows_of(taken(student("Ada", "present", 0), unknown=0), own)
    assert rows[0].from_other_picture
    enrolled.write_bytes(b"one")
    assert not rows_of(taken(student("Ada", "present", 0), unknown=0), own)[0].from_other_picture
    assert differences(rows, own) == []
