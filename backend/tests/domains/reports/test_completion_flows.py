"""Completion over HTTP: planned lessons against what was opened and closed, for the teacher and for the office."""

import csv
import datetime as dt
import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from backend.tests.conftest import EMAIL, PASSWORD, Backend, Person, new_teacher, sign_in

WEEKDAYS = (1, 3)


@dataclass
class Planned:
    """A subject with two lessons a week in the five weeks before this one, and its teacher; and another subject."""

    office: Person
    teacher: Person
    other: Person
    subject: str
    days: list[dt.date]
    range: Mapping[str, str]


async def hold(who: Person, subject: str, day: dt.date, period: int, *, close: bool) -> None:
    asked = {"subject_id": subject, "date": day.isoformat(), "period": period}
    opened = await who.done("POST", "/sessions", json=asked)
    if close:
        await who.done("POST", f"/sessions/{opened['id']}/close")


@pytest.fixture(scope="module")
async def planned(shared_backend: Backend) -> Planned:
    office = await sign_in(shared_backend.http, EMAIL, PASSWORD)
    teacher_id, teacher = await new_teacher(office, "teacher@school.example")
    other_id, other = await new_teacher(office, "other@school.example")
    new = [{"code": "M-1", "name": "Mathematics", "teacher_ids": [teacher_id]}]
    new.append({"code": "A-1", "name": "Art", "teacher_ids": [other_id]})
    subject, art = [(await office.done("POST", "/subjects", json=one))["id"] for one in new]
    today = dt.date.fromisoformat((await office.done("GET", "/me"))["institution"]["today"])
    monday = today - dt.timedelta(days=today.weekday() + 35)
    last = monday + dt.timedelta(days=34)
    term = {"name": "Term", "first_day": monday.isoformat(), "last_day": last.isoformat()}
    await office.done("POST", "/terms", json=term)
    holiday = {"name": "A day off", "first_day": monday.isoformat(), "last_day": monday.isoformat()}
    await office.done("POST", "/holidays", json=holiday)
    entries = [{"weekday": day, "period": 1, "starts_at": "09:00", "ends_at": "10:00"} for day in WEEKDAYS]
    await office.done("PUT", f"/subjects/{subject}/timetable", json={"entries": entries})
    days = [monday + dt.timedelta(days=7 * week + day - 1) for week in range(5) for day in WEEKDAYS][1:]
    stand_in = {"subject_id": subject, "date": days[4].isoformat(), "period": 1, "teacher_id": other_id}
    await office.done("POST", "/substitutions", json=stand_in)
    await hold(teacher, subject, days[0], 1, close=True)
    await hold(teacher, subject, days[1], 1, close=False)
    await hold(office, subject, days[2], 1, close=True)
    await hold(teacher, subject, days[3], 5, close=True)
    await hold(other, art, days[3], 1, close=True)
    return Planned(office, teacher, other, subject, days, {"from": monday.isoformat(), "to": last.isoformat()})


def told(lessons: Mapping[str, Any], *names: str) -> list[int]:
    return [lessons[name] for name in names]


async def test_the_office_sees_all_subjects_and_a_teacher_their_own(planned: Planned) -> None:
    names = ("planned", "taken", "not_taken", "closed_late", "left_open", "unplanned")

    own = await planned.teacher.done("GET", "/reports/completion", params=planned.range)
    school = await planned.office.done("GET", "/reports/completion", params=planned.range)

    assert told(own["totals"]["lessons"], *names) == [9, 3, 6, 2, 1, 1]
    assert [row["subject"]["code"] for row in own["subjects"]["items"]] == ["M-1"]
    assert [row["subject"]["code"] for row in school["subjects"]["items"]] == ["A-1", "M-1"]
    assert told(school["totals"]["lessons"], *names) == [9, 3, 6, 2, 1, 2]
    assert [week["lessons"]["planned"] for week in own["weeks"]] == [1, 2, 2, 2, 2]
    assert own["totals"]["lessons"]["opened_late"] == 3


async def test_a_range_cuts_it(planned: Planned) -> None:
    days = {"from": planned.days[1].isoformat(), "to": planned.days[2].isoformat()}

    cut = await planned.office.done("GET", "/reports/completion", params=days)

    assert told(cut["totals"]["lessons"], "planned", "taken", "unplanned") == [2, 2, 0]


async def test_teachers_are_told_by_whose_the_lessons_were(planned: Planned) -> None:
    school = await planned.office.done("GET", "/reports/completion/teachers", params=planned.range)
    own = await planned.other.done("GET", "/reports/completion/teachers", params=planned.range)

    def row(one: Mapping[str, Any]) -> list[int]:
        return [*told(one["lessons"], "planned", "taken", "unplanned"), one["by_others"], one["stood_in"]]

    rows = [row(one) for one in school["teachers"]["items"]]
    assert sorted(rows) == sorted([[8, 3, 1, 1, 0], [1, 0, 1, 0, 0], [0, 0, 0, 0, 1]])
    assert [row(one) for one in own["teachers"]["items"]] == [[1, 0, 1, 0, 0]]


@pytest.mark.parametrize(("by", "rows"), [("teacher", 3), ("subject", 3), ("week", 6)])
async def test_it_is_a_table_too(planned: Planned, by: str, rows: int) -> None:
    params = {**planned.range, "by": by}

    files = {
        kind: await planned.office.ask("GET", "/reports/completion/export", params={**params, "format": kind})
        for kind in ("csv", "xlsx", "pdf")
    }

    lines = list(csv.reader(io.StringIO(files["csv"].content.decode("utf-8-sig"), newline="")))
    assert [file.status_code for file in files.values()] == [200, 200, 200]
    assert len(lines) == 1 + rows
    assert {len(line) for line in lines} == {len(lines[0])}
    assert files["xlsx"].content.startswith(b"PK")
    assert files["pdf"].content.startswith(b"%PDF")
