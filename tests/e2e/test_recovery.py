"""The backend dies between "photo accepted" and "session closed": after a restart nothing is missing or doubled."""

import os
import signal
import threading
import time
from typing import Any

import httpx2
import pytest
from product import Stack
from school import School, add_student

from attendance_ml.samples import compose_class, sample_photo, sample_portrait

PATIENCE_SECONDS = 90
ENROLLED = {"obama": ("obama.jpg", "obama2.jpg"), "hopper": ("grace_hopper.jpg",), "collins": ("astronaut.png",)}
ON_PHOTO = ("obama3.jpg", "biden.jpg", "grace_hopper.jpg")


@pytest.fixture(scope="module")
def roster(school: School) -> dict[str, str]:
    """Three enrolled students on the roster; their ids by name."""
    students = {}
    for number, (name, photos) in enumerate(ENROLLED.items()):
        students[name] = add_student(school.office, f"E{number}", name)
        files = [("photos", sample_photo(photo).read_bytes()) for photo in photos]
        school.office.post(f"/students/{students[name]}/face-photos", files=files).raise_for_status()
        school.office.put(f"/subjects/{school.subject}/roster/{students[name]}").raise_for_status()
    return students


@pytest.fixture(scope="module")
def class_photo(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("photos") / "class.jpg"
    compose_class([sample_portrait(name) for name in ON_PHOTO], size=(1920, 1280), face_width=150).save(path)
    return path.read_bytes()


def register(school: School) -> dict[str, Any]:
    found: dict[str, Any] = school.teacher.get(f"/sessions/{school.session}/register").raise_for_status().json()
    return found


def wait_for_capture(school: School, *states: str) -> dict[str, Any]:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        captures = register(school)["captures"]
        if captures and captures[0]["state"] in states:
            found: dict[str, Any] = captures[0]
            return found
        time.sleep(0.1)
    pytest.fail(f"no capture became {states}: {captures}")


def submit_and_expect_no_answer(school: School, photo: bytes) -> threading.Thread:
    def submit() -> None:
        with pytest.raises(httpx2.TransportError):
            school.teacher.post(f"/sessions/{school.session}/captures", content=photo)

    thread = threading.Thread(target=submit)
    thread.start()
    return thread


def by_name(rows: list[dict[str, Any]], roster: dict[str, str]) -> dict[str, dict[str, Any]]:
    names = {student: name for name, student in roster.items()}
    return {names[row["student_id"]]: row for row in rows}


def test_photo_proposals_and_marks_survive_kill_9(
    stack: Stack, school: School, roster: dict[str, str], class_photo: bytes
) -> None:
    marks = f"/sessions/{school.session}/marks"
    school.teacher.put(f"{marks}/{roster['collins']}", json={"status": "late", "reason": "bus"}).raise_for_status()

    # The ML service stands still, so that the photo is surely accepted and surely not recognised.
    os.kill(stack.supervisor.pids["ml"], signal.SIGSTOP)
    submission = submit_and_expect_no_answer(school, class_photo)
    accepted = wait_for_capture(school, "received", "leased")
    stack.kill(stack.backend)
    os.kill(stack.supervisor.pids["ml"], signal.SIGCONT)
    submission.join()
    stack.restart(stack.backend)

    recognised = wait_for_capture(school, "recognised")
    assert recognised["id"] == accepted["id"]
    after_first = register(school)
    assert len(after_first["captures"]) == 1
    students = by_name(after_first["students"], roster)
    assert {name: row["proposal"] for name, row in students.items()} == {
        "obama": "present",
        "hopper": "present",
        "collins": "not_seen",
    }
    assert students["collins"]["status"] == "late"
    assert len(after_first["unknown_faces"]) == 1

    # Sent once more by a caller who never got its answer, it is the same capture.
    again = school.teacher.post(f"/sessions/{school.session}/captures", content=class_photo)
    assert (again.status_code, again.json()["id"]) == (200, accepted["id"])

    # The teacher takes one name back; then the backend dies again before the session is closed.
    hopper = students["hopper"]["face_index"]
    school.teacher.put(f"/captures/{accepted['id']}/faces/{hopper}", json={"student_id": None}).raise_for_status()
    reviewed = register(school)
    stack.kill(stack.backend)
    stack.restart(stack.backend)
    assert register(school) == reviewed

    school.teacher.post(f"/sessions/{school.session}/close").raise_for_status()
    records = by_name(school.teacher.get(f"/sessions/{school.session}/records").json()["items"], roster)
    assert {name: record["status"] for name, record in records.items()} == {
        "obama": "present",
        "hopper": "absent",
        "collins": "late",
    }
