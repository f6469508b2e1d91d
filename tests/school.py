"""A small school set up through the public API, as an office would."""

from dataclasses import dataclass

import httpx2
from product import Stack, sign_in

from attendance_cli.accounts import Account

DATE = "2026-11-21"
CONSENT = {"purpose": "face_recognition", "text_version": "1", "given_by": "student"}


@dataclass
class School:
    """Two teachers with a subject and an open session each, and a student who consented."""

    office: httpx2.Client
    teacher: httpx2.Client
    student: str
    subject: str
    session: str
    others_subject: str
    others_session: str


def found_school(stack: Stack, office: httpx2.Client) -> School:
    teacher, subject, session = _teacher_with_session(stack, office, "one")
    _, others_subject, others_session = _teacher_with_session(stack, office, "other")
    student = add_student(office, "R1", "Student")
    return School(office, teacher, student, subject, session, others_subject, others_session)


def add_student(office: httpx2.Client, roll_number: str, name: str) -> str:
    """A student who consented to face recognition; their id."""
    student_id: str = office.post("/students", json={"roll_number": roll_number, "name": name}).json()["id"]
    office.post(f"/students/{student_id}/consents", json=CONSENT).raise_for_status()
    return student_id


def _teacher_with_session(stack: Stack, office: httpx2.Client, name: str) -> tuple[httpx2.Client, str, str]:
    account = Account(f"{name}@school.example", f"Teacher {name}", "a long enough password")
    user = {"email": account.email, "name": account.name, "role": "teacher", "password": account.password}
    teacher_id = office.post("/users", json=user).raise_for_status().json()["id"]
    subject = {"code": f"S-{name}", "name": f"Subject {name}", "teacher_ids": [teacher_id]}
    subject_id = office.post("/subjects", json=subject).raise_for_status().json()["id"]
    teacher = sign_in(stack, account)
    session = {"subject_id": subject_id, "date": DATE, "period": 1}
    return teacher, subject_id, teacher.post("/sessions", json=session).raise_for_status().json()["id"]
