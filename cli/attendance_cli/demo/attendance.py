"""Takes attendance of a class as an office and a teacher would: every step a call of the public API.

Each step first looks whether it is done already, so a second run changes nothing and finds the same register.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from attendance_cli.accounts import Account
from attendance_cli.api import Api, ApiError
from attendance_cli.demo.classes import DemoClass, Person, readable_name

_PATIENCE_SECONDS = 120.0
"""The photo is kept while the recognition is busy; after this long something is broken."""
_CONSENT = {"purpose": "face_recognition", "text_version": "demonstration", "given_by": "student"}

Say = Callable[[str], object]


class NotRecognisedError(Exception):
    """The class photo could not be recognised."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What the backend answered at the end: the closed session's register, and the capture it rests on."""

    register: Mapping[str, Any]
    capture: Mapping[str, Any]
    refused: Mapping[str, str]
    """Photo file names that could not be enrolled, and why."""


def ensure_teacher(office: Api, teacher: Account) -> str:
    """Return the id of the user with the teacher's e-mail address, made if there is none."""
    for user in office.every("/users", email=teacher.email):
        return str(user["id"])
    wanted = {"email": teacher.email, "name": teacher.name, "role": "teacher", "password": teacher.password}
    return str(office.post("/users", wanted)["id"])


def prepare(office: Api, people: DemoClass, teacher_id: str, say: Say) -> tuple[str, dict[str, str]]:
    """Enrol everybody and put them on a roster; return the subject's id, and the photos refused with the reason."""
    refused: dict[str, str] = {}
    subject_id = _ensure_subject(office, f"DEMO-{people.class_code}", teacher_id)
    for number, person in enumerate(people.people, 1):
        student = _ensure_student(office, f"DEMO-{people.people_code}-{number:02}", person.name)
        if not student["face"]["consented"]:
            office.post(f"/students/{student['id']}/consents", _CONSENT)
        own_refused = _enrol(office, student["id"], person)
        refused |= own_refused
        office.put(f"/subjects/{subject_id}/roster/{student['id']}")
        say(f"enrolled {person.name}: {len(person.photos) - len(own_refused)} of {len(person.photos)} photos")
    return subject_id, refused


def take(teacher: Api, subject_id: str, photo: Path, today: date, refused: Mapping[str, str]) -> Taken:
    """Open the day's session, have the photo recognised, close the session. Raises `NotRecognisedError`."""
    session = _ensure_session(teacher, subject_id, today)
    if session["state"] == "open":
        _recognised(teacher, teacher.post_photo(f"/sessions/{session['id']}/captures", photo.read_bytes()))
        teacher.post(f"/sessions/{session['id']}/close")
    register = teacher.get(f"/sessions/{session['id']}/register")
    captures: Sequence[Mapping[str, Any]] = register["captures"]
    return Taken(register, teacher.get(f"/captures/{captures[0]['id']}"), refused)


def _ensure_subject(office: Api, code: str, teacher_id: str) -> str:
    for subject in office.every("/subjects", code=code):
        return str(subject["id"])
    return str(office.post("/subjects", {"code": code, "name": "Demonstration", "teacher_ids": [teacher_id]})["id"])


def _ensure_student(office: Api, roll_number: str, name: str) -> Mapping[str, Any]:
    for student in office.every("/students", roll_number=roll_number):
        return dict(student)
    return dict(office.post("/students", {"roll_number": roll_number, "name": name}))


def _enrol(office: Api, student_id: str, person: Person) -> dict[str, str]:
    """Photo by photo, so that one that is refused takes no other with it. The same photo again changes nothing."""
    refused: dict[str, str] = {}
    for photo in person.photos:
        try:
            office.post_photo(f"/students/{student_id}/face-photos", photo.read_bytes())
        except ApiError as error:
            refused[f"{person.name}/{readable_name(photo)}"] = str(error)
    return refused


def _ensure_session(teacher: Api, subject_id: str, today: date) -> Mapping[str, Any]:
    for session in teacher.every("/sessions", subject_id=subject_id, date=today.isoformat()):
        return dict(session)
    return dict(teacher.post("/sessions", {"subject_id": subject_id, "date": today.isoformat(), "period": 1}))


def _recognised(teacher: Api, capture: Mapping[str, Any]) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while capture["state"] != "recognised":
        if capture["state"] in {"failed", "dead"}:
            raise NotRecognisedError(f"The class photo could not be recognised: {capture.get('error_code')}.")
        if time.monotonic() > deadline:
            raise NotRecognisedError(f"The class photo was not recognised within {_PATIENCE_SECONDS:.0f} s.")
        time.sleep(0.3)
        capture = teacher.get(f"/captures/{capture['id']}")
