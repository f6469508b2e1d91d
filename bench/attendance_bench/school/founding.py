"""Founds a school quickly: students by an import, one class each, a teacher a class, sessions of today all open."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from attendance_bench.school.accounts import Accounts
from attendance_bench.school.plan import Plan, Player
from attendance_bench.term.speaking import Speaker
from attendance_cli.accounts import Account

OFFICE = Account("office@school.example", "The office", "a long enough password")
OPENED_AT_ONCE = 100
REPORTED_DAYS = 90


@dataclass(frozen=True)
class Size:
    """Of a school: so many classes of so many."""

    classes: int = 60
    class_size: int = 25


WHOLE, SMALL = Size(), Size(classes=4, class_size=5)


def found(url: str, database_uri: str, size: Size) -> Plan:
    """The school at an address, which has its office's account already and nothing else."""
    office, accounts = Speaker(url, OFFICE), Accounts(database_uri)
    students = _students(office, size.classes * size.class_size)
    teacher_ids, teachers = accounts.of_teachers(size.classes)
    subjects = [_subject(office, number, teacher) for number, teacher in enumerate(teacher_ids)]
    for number, subject in enumerate(subjects):
        places = students[number * size.class_size :][: size.class_size]
        office.done("PUT", f"/subjects/{subject}/roster", json={"students": [{"student_id": one} for one in places]})
    sessions = _sessions(office, subjects)
    today = datetime.now(UTC).date()
    return Plan(
        url=url,
        office=accounts.browser_of(OFFICE.email),
        teachers=[
            replace(teacher, own=subject, session=session)
            for teacher, subject, session in zip(teachers, subjects, sessions, strict=True)
        ],
        students=_with_sessions(accounts.of_students(students), sessions, size.class_size),
        days=(f"{today - timedelta(days=REPORTED_DAYS)}", f"{today}"),
    )


def _students(office: Speaker, count: int) -> list[str]:
    """Their ids in the order of their roll numbers."""
    rows = "".join(f"S{number:05},Student {number}\r\n" for number in range(count))
    file = ("students.csv", f"roll_number,name\r\n{rows}".encode(), "text/csv")
    office.done("POST", "/imports/students", key="students", files={"file": file})
    return [str(row["id"]) for row in office.pages("/students", sort="roll_number")]


def _subject(office: Speaker, number: int, teacher_id: str) -> str:
    new = {"code": f"CLASS-{number:03}", "name": f"Class {number}", "teacher_ids": [teacher_id]}
    return str(office.done("POST", "/subjects", json=new)["id"])


def _sessions(office: Speaker, subjects: Sequence[str]) -> list[str]:
    """Sessions of today, one a subject, in their order."""
    day = datetime.now(UTC).date().isoformat()
    found: dict[str, str] = {}
    for start in range(0, len(subjects), OPENED_AT_ONCE):
        some = subjects[start : start + OPENED_AT_ONCE]
        new = [{"subject_id": subject, "date": day, "period": 1} for subject in some]
        told = office.done("POST", "/sessions/bulk", json={"sessions": new})
        found |= {one["subject_id"]: str(one["id"]) for one in told["sessions"]}
    return [found[subject] for subject in subjects]


def _with_sessions(students: Sequence[Player], sessions: Sequence[str], class_size: int) -> list[Player]:
    return [replace(student, session=sessions[number // class_size]) for number, student in enumerate(students)]
