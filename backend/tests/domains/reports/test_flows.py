"""Reports over HTTP: the same figures as a recount of the records, for those who may see them."""

import csv
import datetime as dt
import io
import itertools
import random
import zipfile
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from backend.tests.conftest import EMAIL, PASSWORD, Backend, Person, new_student, new_teacher, sign_in

from attendance_backend.adapters.mongo import Client

FIRST = dt.date(2026, 9, 3)
DAYS = [FIRST + dt.timedelta(days=step) for step in (0, 1, 4, 5, 11, 12, 18, 25, 26)]
FORMULA = "=1+1"
"""A name that a spreadsheet would run."""
SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
ORDER = ("present", "late", "absent", "excused")
STATUSES = ("present", "present", "present", "late", "absent", "excused")
RANGES = [(FIRST, DAYS[-1]), (DAYS[1], DAYS[6]), (DAYS[2], DAYS[3]), (DAYS[5], DAYS[5])]


@dataclass
class Taught:
    """Two subjects of two teachers, and what every record of them says."""

    office: Person
    teacher: Person
    family: Person
    subjects: Sequence[str]
    students: Sequence[str]
    records: list[Mapping[str, str]] = field(default_factory=list)

    def counted(self, since: dt.date, until: dt.date, *keys: str, **wanted: str) -> dict[Any, Counter[str]]:
        """The statuses of the records of a range of days, counted by some of their fields."""
        found: dict[Any, Counter[str]] = defaultdict(Counter)
        for record in self.records:
            told = {**record, "week": dt.date.fromisoformat(record["date"]).strftime("%G-W%V")}
            in_range = since.isoformat() <= record["date"] <= until.isoformat()
            if in_range and all(record[name] == value for name, value in wanted.items()):
                found[tuple(told[key] for key in keys)][record["status"]] += 1
        return found


@pytest.fixture(scope="module")
async def taught(shared_backend: Backend, mongo: Client) -> Taught:
    """Sessions on some days of four weeks, of which a few records are corrected afterwards."""
    office = await sign_in(shared_backend.http, EMAIL, PASSWORD)
    teacher_id, teacher = await new_teacher(office, "teacher@school.example")
    new = [{"code": "B-1", "name": "Biology", "teacher_ids": [teacher_id]}, {"code": "A-1", "name": "Art"}]
    subjects = [(await office.done("POST", "/subjects", json=one))["id"] for one in new]
    students = [await new_student(office, name) for name in ("ann", "ben", "cleo", "dan", FORMULA)]
    for subject, of in ((subjects[0], students), (subjects[1], students[:2])):
        for student in of:
            await office.done("PUT", f"/subjects/{subject}/roster/{student}")
    family = await _as_guardian(shared_backend, mongo, students[0])
    made = Taught(office, teacher, family, subjects, students)
    await _hold_sessions(made, random.Random(5))
    return made


async def _as_guardian(backend: Backend, mongo: Client, student: str) -> Person:
    database = mongo[backend.environment["MONGODB_DATABASE"]]
    office = await database["users"].find_one({"email": EMAIL})
    assert office is not None
    email = "guardian@home.example"
    await database["users"].insert_one({**office, "_id": "guardian", "email": email, "role": "guardian"})
    await database["guardians"].insert_one({"_id": "of-ann", "student_id": student, "user_id": "guardian"})
    return await sign_in(backend.http, email, PASSWORD)


async def _hold_sessions(made: Taught, luck: random.Random) -> None:
    for subject, day, period in itertools.product(made.subjects, DAYS, (1, 2)):
        of = made.students if subject == made.subjects[0] else made.students[:2]
        opened = await made.office.done(
            "POST", "/sessions", json={"subject_id": subject, "date": day.isoformat(), "period": period}
        )
        marks = [{"student_id": one, "status": luck.choice(STATUSES)} for one in of]
        await made.office.done("PUT", f"/sessions/{opened['id']}/marks", json={"marks": marks, "close": True})
        records = (await made.office.done("GET", f"/sessions/{opened['id']}/records"))["items"]
        changed = {"status": "absent", "reason": "seen elsewhere"}
        corrected = await made.office.done("PATCH", f"/records/{records[0]['id']}", json=changed)
        made.records += [corrected, *records[1:]]


def as_counted(told: Mapping[str, Any], records: Counter[str]) -> bool:
    """Whether a part of a report says what was counted, and derives the rest from it rightly."""
    attended = records["present"] + records["late"]
    counted = attended + records["absent"]
    rate = None if not counted else pytest.approx(100 * attended / counted, abs=0.0501)
    statuses = {name: told[name] for name in ("present", "late", "absent", "excused")}
    expected = {name: records[name] for name in statuses}
    return bool((statuses, told["attended"], told["counted"], told["rate"]) == (expected, attended, counted, rate))


def asked(since: dt.date, until: dt.date, **more: Any) -> dict[str, Any]:
    return {"from": since.isoformat(), "to": until.isoformat(), **more}


@pytest.mark.parametrize(("since", "until"), RANGES)
async def test_a_students_report_is_the_recount_of_that_range(taught: Taught, since: dt.date, until: dt.date) -> None:
    ann = taught.students[0]

    told = await taught.family.done("GET", f"/reports/students/{ann}", params=asked(since, until))

    by_subject = taught.counted(since, until, "subject_id", student_id=ann)
    assert [row["subject"]["code"] for row in told["subjects"]] == ["A-1", "B-1"]
    assert all(as_counted(row, by_subject[row["subject"]["id"],]) for row in told["subjects"])
    assert as_counted(told["totals"], taught.counted(since, until, student_id=ann)[()])
    by_week = taught.counted(since, until, "week", student_id=ann)
    assert [(week["week"],) for week in told["weeks"]] == sorted(by_week)
    assert all(as_counted(week, by_week[week["week"],]) for week in told["weeks"])
    assert (told["from"], told["to"], told["threshold"]) == (since.isoformat(), until.isoformat(), 75)


@pytest.mark.parametrize(("since", "until"), RANGES)
async def test_a_subjects_report_is_the_recount_of_that_range(taught: Taught, since: dt.date, until: dt.date) -> None:
    biology = taught.subjects[0]

    pages = [await taught.teacher.done("GET", f"/reports/subjects/{biology}", params=asked(since, until, limit=2))]
    while cursor := pages[-1]["students"]["next_cursor"]:
        params = asked(since, until, limit=2, cursor=cursor)
        pages.append(await taught.teacher.done("GET", f"/reports/subjects/{biology}", params=params))

    rows = [row for page in pages for row in page["students"]["items"]]
    assert [row["student"]["name"] for row in rows] == [FORMULA, "ann", "ben", "cleo", "dan"]
    by_student = taught.counted(since, until, "student_id", subject_id=biology)
    assert all(as_counted(row, by_student[row["student"]["id"],]) for row in rows)
    assert all(as_counted(page["totals"], taught.counted(since, until, subject_id=biology)[()]) for page in pages)
    by_week = taught.counted(since, until, "week", subject_id=biology)
    assert all(as_counted(week, by_week[week["week"],]) for week in pages[0]["weeks"])


@pytest.mark.parametrize("threshold", [0, 50, 75, 100])
async def test_who_is_at_risk_comes_lowest_rate_first(taught: Taught, threshold: int) -> None:
    since, until = RANGES[0]
    rows: list[Any] = []
    cursor = None
    while cursor or not rows:
        params = asked(since, until, threshold=threshold, limit=2, **({"cursor": cursor} if cursor else {}))
        page = await taught.office.done("GET", "/reports/at-risk", params=params)
        rows, cursor = rows + page["items"], page["next_cursor"]
        if not page["items"]:
            break

    expected = {
        key
        for key, found in taught.counted(since, until, "subject_id", "student_id").items()
        if 100 * (found["present"] + found["late"]) < threshold * (found["present"] + found["late"] + found["absent"])
    }
    assert {(row["subject"]["id"], row["student"]["id"]) for row in rows} == expected
    assert len(rows) == len(expected)
    assert [row["rate"] for row in rows] == sorted(row["rate"] for row in rows)
    assert all(row["at_risk"] for row in rows)


async def test_the_schools_report_is_all_subjects_for_the_office_and_a_teachers_own(taught: Taught) -> None:
    since, until = RANGES[1]
    by_subject = taught.counted(since, until, "subject_id")

    for who, codes in ((taught.office, ["A-1", "B-1"]), (taught.teacher, ["B-1"])):
        told = await who.done("GET", "/reports/school", params=asked(since, until))

        rows = told["subjects"]["items"]
        assert [row["subject"]["code"] for row in rows] == codes
        assert all(as_counted(row, by_subject[row["subject"]["id"],]) for row in rows)
        assert as_counted(told["totals"], sum((by_subject[row["subject"]["id"],] for row in rows), Counter()))
        assert sum(week["counted"] for week in told["weeks"]) == told["totals"]["counted"]


async def test_a_class_is_reported_by_student_subject_and_week(taught: Taught) -> None:
    ann, ben, cleo, *_ = taught.students
    file = "roll_number,name,class\nR-ann,ann,7/B\nR-ben,ben,7/B\nR-cleo,cleo,8A\n"
    headers = {"Content-Type": "text/csv"}
    await taught.office.done("POST", "/imports/students", content=file.encode(), headers=headers)
    since, until = RANGES[1]

    for who, subjects in ((taught.office, taught.subjects), (taught.teacher, taught.subjects[:1])):
        told = await who.done("GET", "/reports/group", params=asked(since, until, group="7/B"))
        every = await who.done("GET", "/reports/groups", params=asked(since, until))

        mine = [taught.counted(since, until, "student_id", subject_id=subject) for subject in subjects]
        of = {student: sum((found[student,] for found in mine), Counter()) for student in taught.students}
        rows = {row["student"]["id"]: row for row in told["students"]["items"]}
        assert list(rows) == [ann, ben]
        assert all(as_counted(row, of[student]) for student, row in rows.items())
        assert as_counted(told["totals"], of[ann] + of[ben])
        assert len(told["subjects"]) == len(subjects)
        assert sum(week["counted"] for week in told["weeks"]) == told["totals"]["counted"]
        groups = {row["group"]: row for row in every["groups"]["items"]}
        assert list(groups) == [None, "7/B", "8A"]
        assert as_counted(groups["7/B"], of[ann] + of[ben])
        assert as_counted(groups["8A"], of[cleo])
        assert [groups[name]["students"] for name in groups] == [2, 2, 1]
        assert as_counted(every["totals"], sum(of.values(), Counter()))

    listed = await taught.office.done("GET", "/students", params={"group": "7/B"})
    nobody = await taught.office.done("GET", "/reports/group", params={"group": "9"})
    assert [row["id"] for row in listed["items"]] == [ann, ben]
    assert nobody["students"]["items"] == []


async def test_classes_are_tables_too(taught: Taught) -> None:
    days = asked(*RANGES[0])

    files = [
        await taught.office.ask("GET", path, params={**days, "format": kind, **more})
        for path, more in (("/reports/groups/export", {}), ("/reports/group/export", {"group": "7/B"}))
        for kind in ("csv", "xlsx", "pdf")
    ]

    assert [file.status_code for file in files] == [200] * 6
    lines = [lines_of(file.content) for file in (files[0], files[3])]
    assert [len({len(line) for line in some}) for some in lines] == [1, 1]
    assert lines[0][-1][0] == "All"
    assert lines[0][-1][2:6] == [str(taught.counted(*RANGES[0])[()][one]) for one in ORDER]


async def test_nobody_sees_what_is_not_theirs(taught: Taught) -> None:
    ann, ben = taught.students[:2]
    biology, art = taught.subjects

    answers = {
        "another child": await taught.family.ask("GET", f"/reports/students/{ben}"),
        "nobody": await taught.office.ask("GET", "/reports/students/nobody"),
        "nobody, as an operator": await taught.office.ask("GET", "/reports/students/$a..b"),
        "another's subject": await taught.teacher.ask("GET", f"/reports/subjects/{art}"),
        "at risk in another's": await taught.teacher.ask("GET", "/reports/at-risk", params={"subject_id": art}),
        "a teacher of a student": await taught.teacher.ask("GET", f"/reports/students/{ann}"),
        "a guardian of a subject": await taught.family.ask("GET", f"/reports/subjects/{biology}"),
    }

    assert {name: answer.status_code for name, answer in answers.items()} == {
        "another child": 404,
        "nobody": 404,
        "nobody, as an operator": 404,
        "another's subject": 404,
        "at risk in another's": 404,
        "a teacher of a student": 403,
        "a guardian of a subject": 403,
    }


async def test_a_term_stands_for_its_days(taught: Taught) -> None:
    since, until = RANGES[1]
    term = {"name": "Autumn", "first_day": since.isoformat(), "last_day": until.isoformat()}
    named = (await taught.office.done("POST", "/terms", json=term))["id"]

    told = await taught.office.done("GET", "/reports/school", params={"term_id": named})
    rest = await taught.office.done("GET", "/reports/school", params={"term_id": named, "from": DAYS[5].isoformat()})
    none = await taught.office.ask("GET", "/reports/school", params={"term_id": "none"})

    assert (told["from"], told["to"]) == (since.isoformat(), until.isoformat())
    assert as_counted(told["totals"], taught.counted(since, until)[()])
    assert as_counted(rest["totals"], taught.counted(DAYS[5], until)[()])
    assert none.status_code == 404


async def test_without_any_day_the_running_term_is_meant(taught: Taught) -> None:
    today = dt.date.fromisoformat((await taught.office.done("GET", "/me"))["institution"]["today"])
    days = [(today + dt.timedelta(days=step)).isoformat() for step in (-3, 3)]
    before = await taught.office.done("GET", "/reports/school")
    await taught.office.done("POST", "/terms", json={"name": "Now", "first_day": days[0], "last_day": days[1]})

    told = await taught.office.done("GET", "/reports/school")

    assert before["from"] == (dt.date.fromisoformat(before["to"]) - dt.timedelta(days=89)).isoformat()
    assert [told["from"], told["to"]] == days


async def test_days_without_records_make_an_empty_report(taught: Taught) -> None:
    params = asked(dt.date(2020, 1, 1), dt.date(2020, 3, 1))

    told = await taught.office.done("GET", "/reports/school", params=params)
    of_student = await taught.family.done("GET", f"/reports/students/{taught.students[0]}", params=params)

    assert (told["weeks"], told["subjects"]["items"], told["totals"]["rate"]) == ([], [], None)
    assert (of_student["subjects"], of_student["totals"]["at_risk"]) == ([], False)


async def test_a_range_or_cursor_that_is_none_is_refused(taught: Taught) -> None:
    asks = [asked(FIRST, FIRST - dt.timedelta(days=1)), asked(dt.date(2020, 1, 1), FIRST), {"cursor": "made up"}]
    # A cursor whose value is text where the list is sorted by a number.
    strange = "eyJpZCI6IngiLCJzb3J0IjoicmF0ZSIsInZhbHVlIjoieCJ9"

    answers = [await taught.office.ask("GET", "/reports/school", params=params) for params in asks]
    answers.append(await taught.office.ask("GET", "/reports/at-risk", params=asked(*RANGES[0], cursor=strange)))

    assert [answer.status_code for answer in answers] == [400, 400, 400, 400]
    assert [answer.json()["error_code"] for answer in answers] == ["INVALID_REQUEST"] * 4


def lines_of(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def sheet_of(content: bytes) -> tuple[list[list[str]], str]:
    """The cells of a workbook's sheet, and the sheet as it is written."""
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    rows = ET.fromstring(sheet).iter(f"{SHEET}row")  # noqa: S314  # our own file
    return [["".join(cell.itertext()) for cell in row.iter(f"{SHEET}c")] for row in rows], sheet


async def test_a_report_is_a_table_of_the_same_figures_in_each_format(taught: Taught) -> None:
    since, until = RANGES[1]
    told = await taught.teacher.done("GET", f"/reports/subjects/{taught.subjects[0]}", params=asked(since, until))

    path = f"/reports/subjects/{taught.subjects[0]}/export"
    files = {
        kind: await taught.teacher.ask("GET", path, params=asked(since, until, format=kind))
        for kind in ("csv", "xlsx", "pdf")
    }

    rows, (cells, sheet) = lines_of(files["csv"].content), sheet_of(files["xlsx"].content)
    names = ("present", "late", "absent", "excused", "left_early", "attended", "counted", "rate")
    expected = [[str(row[name]) for name in names] for row in told["students"]["items"]]
    assert [row[2:10] for row in rows[1:]] == expected
    assert [[float(cell) for cell in row[2:10]] for row in cells[1:]] == [[float(c) for c in row] for row in expected]
    assert (rows[1][1], cells[1][1]) == (f"'{FORMULA}", FORMULA)
    assert "<f>" not in sheet
    assert files["pdf"].content.startswith(b"%PDF")
    assert [file.headers["Content-Type"].split(";")[0] for file in files.values()] == [
        "text/csv",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/pdf",
    ]
    assert ".pdf" in files["pdf"].headers["Content-Disposition"]


async def test_each_report_can_be_taken_along_by_who_may_see_it(taught: Taught) -> None:
    days = asked(*RANGES[0])
    ann, ben = taught.students[:2]

    own = lines_of((await taught.family.ask("GET", f"/reports/students/{ann}/export", params=days)).content)
    school = lines_of((await taught.office.ask("GET", "/reports/school/export", params=days)).content)
    risk = lines_of(
        (await taught.office.ask("GET", "/reports/at-risk/export", params={**days, "threshold": 100})).content
    )
    others = await taught.family.ask("GET", f"/reports/students/{ben}/export", params=days)
    art = await taught.teacher.ask("GET", f"/reports/subjects/{taught.subjects[1]}/export", params=days)

    assert [row[0] for row in own] == ["Code", "A-1", "B-1", ""]
    assert [row[0] for row in school] == ["Code", "A-1", "B-1", ""]
    assert own[-1][2:6] == [str(taught.counted(*RANGES[0], student_id=ann)[()][one]) for one in ORDER]
    assert school[-1][2:6] == [str(taught.counted(*RANGES[0])[()][one]) for one in ORDER]
    assert len(risk) > 1
    assert (others.status_code, art.status_code) == (404, 404)


@pytest.mark.parametrize(("since", "until"), RANGES)
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
async def test_all_records_of_a_range_are_sent(taught: Taught, since: dt.date, until: dt.date, kind: str) -> None:
    answer = await taught.office.ask("GET", "/reports/records/export", params=asked(since, until, format=kind))
    own = await taught.teacher.ask("GET", "/reports/records/export", params=asked(since, until))

    rows = lines_of(answer.content) if kind == "csv" else sheet_of(answer.content)[0]
    by_day = taught.counted(since, until, "date", "status")
    assert Counter((row[0], row[5]) for row in rows[1:]) == {key: sum(found.values()) for key, found in by_day.items()}
    assert {row[1] for row in lines_of(own.content)[1:]} == {"B-1"}
