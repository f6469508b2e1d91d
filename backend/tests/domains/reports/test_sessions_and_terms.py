"""The report of one session, and of a term against another, over HTTP."""

import csv
import datetime as dt
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from backend.tests.conftest import EMAIL, PASSWORD, Backend, Person, new_student, new_teacher, sign_in

SPRING, SUMMER = (dt.date(2026, 3, 2), dt.date(2026, 3, 30)), (dt.date(2026, 4, 13), dt.date(2026, 7, 3))
STATUSES = ("present", "late", "absent", "excused")


@dataclass
class Taught:
    """Two subjects, of which the teacher has the first, and three students who are in both."""

    office: Person
    teacher: Person
    subjects: Sequence[str]
    students: Sequence[str]

    async def hold(self, subject: str, day: dt.date, *statuses: str) -> str:
        """A closed session in which the students have these statuses."""
        asked = {"subject_id": subject, "date": day.isoformat(), "period": 1}
        opened = await self.office.done("POST", "/sessions", json=asked)
        marks = [{"student_id": one, "status": of} for one, of in zip(self.students, statuses, strict=True)]
        await self.office.done("PUT", f"/sessions/{opened['id']}/marks", json={"marks": marks, "close": True})
        return str(opened["id"])


@pytest.fixture(scope="module")
async def taught(shared_backend: Backend) -> Taught:
    office = await sign_in(shared_backend.http, EMAIL, PASSWORD)
    teacher_id, teacher = await new_teacher(office, "teacher@school.example")
    new = [{"code": "B-1", "name": "Biology", "teacher_ids": [teacher_id]}, {"code": "A-1", "name": "Art"}]
    subjects = [(await office.done("POST", "/subjects", json=one))["id"] for one in new]
    students = [await new_student(office, name) for name in ("ann", "ben", "cleo")]
    for subject in subjects:
        for student in students:
            await office.done("PUT", f"/subjects/{subject}/roster/{student}")
    return Taught(office, teacher, subjects, students)


def lines_of(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


async def files_of(who: Person, path: str) -> dict[str, Any]:
    found = {kind: await who.ask("GET", f"{path}/export", params={"format": kind}) for kind in ("csv", "xlsx", "pdf")}
    assert {kind: file.status_code for kind, file in found.items()} == dict.fromkeys(found, 200)
    return found


async def test_a_session_tells_what_each_status_rests_on_and_what_was_changed_since(taught: Taught) -> None:
    asked = {"subject_id": taught.subjects[0], "date": "2026-01-12", "period": 1}
    opened = await taught.teacher.done("POST", "/sessions", json=asked)
    path = f"/reports/sessions/{opened['id']}"
    still_open = await taught.teacher.ask("GET", path)
    marks = [{"student_id": taught.students[0], "status": "late", "minutes_late": 7}]
    await taught.teacher.done("PUT", f"/sessions/{opened['id']}/marks", json={"marks": marks, "close": True})
    records = (await taught.teacher.done("GET", f"/sessions/{opened['id']}/records"))["items"]
    (ben,) = [one["id"] for one in records if one["student_id"] == taught.students[1]]
    await taught.teacher.done("PATCH", f"/records/{ben}", json={"status": "present", "reason": "at the back"})

    told = await taught.teacher.done("GET", path)
    files = await files_of(taught.teacher, path)

    rows = {row["student"]["id"]: row for row in told["students"]["items"]}
    late, corrected = [rows[one] for one in taught.students[:2]]
    assert (still_open.status_code, still_open.json()["error_code"]) == (409, "SESSION_NOT_CLOSED")
    assert [told["totals"][one] for one in STATUSES] == [1, 1, 1, 0]
    assert (told["sources"], told["late_minutes"], told["changed"]) == ({"manual": 2, "close": 1}, 7, 1)
    assert (late["minutes_late"], late["first"], late["changed_at"]) == (7, "late", None)
    assert (corrected["first"], corrected["status"], corrected["reason"]) == ("absent", "present", "at the back")
    assert corrected["changed_at"]
    assert corrected["changed_by"]
    lines = lines_of(files["csv"].content)
    assert [(line[0], line[2], line[5]) for line in lines[1:]] == [
        ("R-ann", "late", "7"),
        ("R-ben", "present", ""),
        ("R-cleo", "absent", ""),
    ]


async def test_a_session_of_anothers_subject_is_not_there(taught: Taught) -> None:
    session = await taught.hold(taught.subjects[1], dt.date(2026, 1, 12), "present", "present", "absent")

    assert (await taught.teacher.ask("GET", f"/reports/sessions/{session}")).status_code == 404
    assert (await taught.office.ask("GET", f"/reports/sessions/{session}")).status_code == 200


async def test_a_term_is_compared_with_the_one_before_or_another(taught: Taught) -> None:
    biology, art = taught.subjects
    for day in SPRING:
        await taught.hold(biology, day, "present", "absent", "excused")
    await taught.hold(biology, SUMMER[0], "present", "present", "absent")
    await taught.hold(art, SUMMER[1], "late", "present", "present")
    terms = [
        await taught.office.done("POST", "/terms", json={"name": name, "first_day": str(a), "last_day": str(z)})
        for name, (a, z) in (("Spring", SPRING), ("Summer", SUMMER))
    ]
    spring, summer = [f"/reports/terms/{term['id']}" for term in terms]

    first, second = [await taught.office.done("GET", path) for path in (spring, summer)]
    own = await taught.teacher.done("GET", spring, params={"against": terms[1]["id"]})
    files = await files_of(taught.office, summer)

    assert (first["against"], first["totals"]["before"], first["totals"]["change"]) == (None, None, None)
    assert [second["totals"]["standing"][one] for one in STATUSES] == [4, 1, 1, 0]
    assert (second["against"]["name"], second["totals"]["before"]["rate"]) == ("Spring", 50.0)
    assert (second["totals"]["standing"]["rate"], second["totals"]["change"]) == (83.3, 33.3)
    changes = {row["subject"]["code"]: row["change"] for row in second["subjects"]["items"]}
    assert changes == {"A-1": None, "B-1": 16.7}
    assert (own["against"]["name"], [row["change"] for row in own["subjects"]["items"]]) == ("Summer", [-16.7])
    assert [week["monday"] for week in second["weeks"]] == ["2026-04-13", "2026-06-29"]
    assert [(line[0], line[-1]) for line in lines_of(files["csv"].content)] == [
        ("Code", "Change"),
        ("A-1", ""),
        ("B-1", "16.7"),
        ("", "33.3"),
    ]
    assert (await taught.office.ask("GET", "/reports/terms/none")).status_code == 404


async def test_a_student_is_told_what_the_rest_of_the_running_term_asks_of_them(taught: Taught) -> None:
    biology, art = taught.subjects
    today = dt.date.fromisoformat((await taught.office.done("GET", "/me"))["institution"]["today"])
    begins, ends = today - dt.timedelta(days=20), today + dt.timedelta(days=70)
    term = {"name": "Now", "first_day": begins.isoformat(), "last_day": ends.isoformat()}
    await taught.office.done("POST", "/terms", json=term)
    holiday = {"name": "Off", "first_day": (today + dt.timedelta(days=8)).isoformat(), "last_day": ends.isoformat()}
    await taught.office.done("POST", "/holidays", json=holiday)
    times = {"period": 1, "starts_at": "09:00", "ends_at": "10:00"}
    entries = [{"weekday": (today + dt.timedelta(days=1)).isoweekday(), **times}]
    await taught.office.done("PUT", f"/subjects/{biology}/timetable", json={"entries": entries})
    for subject, status in ((biology, "absent"), (art, "present")):
        await taught.hold(subject, begins, status, "present", "present")
    ann = f"/reports/students/{taught.students[0]}"

    told = {row["subject"]["code"]: row["ahead"] for row in (await taught.office.done("GET", ann))["subjects"]}
    earlier = await taught.office.done("GET", ann, params={"from": SPRING[0].isoformat(), "to": SPRING[1].isoformat()})

    assert told["B-1"] == {"lessons_left": 1, "must_attend": None, "can_miss": None}
    assert told["A-1"] == {"lessons_left": 0, "must_attend": 0, "can_miss": 0}
    assert [row["ahead"] for row in earlier["subjects"]] == [None]
