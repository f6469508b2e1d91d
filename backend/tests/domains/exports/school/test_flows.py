"""Everything the school has, taken away in one ZIP, and what of it comes in again."""

import csv
import hashlib
import io
import json
import zipfile
from typing import Any

from backend.tests.conftest import EMAIL, Class, Person
from backend.tests.domains.imports.oneroster.archives import archive
from hypothesis import given, settings
from hypothesis import strategies as st

from attendance_backend.domains.exports.school import policy
from attendance_backend.domains.exports.school.schemas import Names
from attendance_backend.domains.imports.policy import composed
from attendance_backend.domains.imports.schemas import ImportKind
from attendance_backend.domains.imports.service import read_sheet, student_rows
from attendance_backend.domains.people.schemas import Student
from attendance_backend.ports.clock import SystemClock
from attendance_backend.spreadsheet import FORMULA_STARTS, csv_bytes

STRANGE = ["=1+1", "-Ann", "'-Ben", "'Cleo", 'Da"n', "E,ve;", "+", "@x", "Zoë", "Zoe\u0308"]
NAMES = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "Zs", "Sm"]), min_size=1, max_size=30)
FILES = [
    *("students.csv", "guardians.csv", "users.csv", "subjects.csv", "terms.csv", "holidays.csv", "rooms.csv"),
    *("timetable.csv", "rosters.csv", "sessions.csv", "records.csv", "record_history.csv", "excuses.csv"),
    *("corrections.csv", "consents.csv", "consent_history.csv", "consent_texts.csv", "audit.csv", "manifest.json"),
]


async def a_whole_school(office: Person, a_class: Class) -> None:
    """One with something in every table."""
    for roll, name in enumerate(STRANGE):
        await office.done("POST", "/students", json={"roll_number": f"{name[0]}{roll}", "name": name})
    headers = {"Content-Type": "application/zip"}
    await office.done("POST", "/imports/oneroster", content=archive(), headers=headers)
    room = await office.done("POST", "/rooms", json={"name": "=Room"})
    days = {"first_day": "2026-10-01", "last_day": "2026-10-02"}
    await office.done("POST", "/holidays", json={"name": "Days off", **days})
    lesson = {"weekday": 1, "period": 1, "starts_at": "08:00", "ends_at": "09:00", "room_id": room["id"]}
    await office.done("PUT", f"/subjects/{a_class.subject}/timetable", json={"entries": [lesson]})
    text = {"version": "2026-1", "language": "en", "text": "We would\nlike to."}
    await office.done("POST", "/consent-texts", json=text)
    excuse = {"student_id": a_class.ben, "subject_id": None, "from": "2026-11-23", "to": "2026-11-24", "reason": "+ill"}
    await office.done("POST", "/excuses", json=excuse)
    await a_class.teacher.done("POST", f"/sessions/{a_class.session}/close")
    (record, *_) = (await a_class.teacher.done("GET", f"/sessions/{a_class.session}/records"))["items"]
    correction = {"status": "late", "minutes_late": 7, "reason": "=the bus"}
    await a_class.teacher.done("PATCH", f"/records/{record['id']}", json=correction)
    await office.done("POST", f"/students/{a_class.ben}/consents/withdraw", json={"reason": "no more"})


def tables_of(content: bytes) -> tuple[dict[str, list[dict[str, str]]], dict[str, Any]]:
    with zipfile.ZipFile(io.BytesIO(content)) as taken:
        assert taken.testzip() is None
        assert taken.namelist() == FILES
        manifest = json.loads(taken.read("manifest.json"))
        for file in manifest["files"]:
            assert hashlib.sha256(taken.read(file["name"])).hexdigest() == file["sha256"]
        texts = {name: taken.read(name).decode("utf-8-sig") for name in FILES[:-1]}
    return {name: list(csv.DictReader(io.StringIO(text, newline=""))) for name, text in texts.items()}, manifest


async def test_the_office_takes_everything_away_and_the_log_tells(office: Person, a_class: Class) -> None:
    await a_whole_school(office, a_class)

    answer = await office.ask("GET", "/exports/school.zip")

    tables, manifest = tables_of(answer.content)
    assert {file["name"]: file["rows"] for file in manifest["files"]} == {
        name: len(rows) for name, rows in tables.items()
    }
    assert [name for name, rows in tables.items() if not rows] == ["corrections.csv"]
    corrected = [row for row in tables["record_history.csv"] if row["source"] == "manual"]
    assert [(row["number"], row["to"], row["reason"], row["minutes_late"]) for row in corrected] == [
        ("2", "late", "'=the bus", "7")
    ]
    assert {row["status"] for row in tables["records.csv"]} == {"late", "absent"}
    assert [(row["ended_as"], row["reason"]) for row in tables["consent_history.csv"] if row["ended_at"]] == [
        ("withdrawn", "no more")
    ]
    by_hand = next(row for row in tables["audit.csv"] if row["action"] == "school exported")
    assert (by_hand["actor"], by_hand["target"]) == (EMAIL, "school")
    cells = [cell for rows in tables.values() for row in rows for cell in row.values()]
    assert not [cell for cell in cells if cell.startswith(FORMULA_STARTS)]
    assert "attachment" in answer.headers["Content-Disposition"]


async def test_every_file_that_an_import_reads_comes_in_again_and_changes_nothing(
    office: Person, a_class: Class
) -> None:
    await a_whole_school(office, a_class)
    content = (await office.ask("GET", "/exports/school.zip")).content

    with zipfile.ZipFile(io.BytesIO(content)) as taken:
        again = [file for file in json.loads(taken.read("manifest.json"))["files"] if file["imported_by"]]
        for file in again:
            path = file["imported_by"].removeprefix("/api/v1")
            sent = {"content": taken.read(file["name"]), "headers": {"Content-Type": "text/csv"}}
            report = await office.done("POST", path, **sent)

            rows = {"new": 0, "changed": 0, "unchanged": file["rows"], "refused": 0}
            assert report["counts"] == rows, (file["name"], report)
    names = ("students", "guardians", "timetable", "rosters", "consents")
    assert [(file["name"], file["rows"] > 0) for file in again] == [(f"{name}.csv", True) for name in names]


@settings(deadline=None)
@given(st.lists(NAMES.map(str.strip).filter(bool), unique=True, max_size=8))
def test_a_name_comes_in_as_it_went_out(names: list[str]) -> None:
    now = SystemClock().now()
    kept = [
        Student(id=str(roll), roll_number=str(roll), name=name, is_minor=False, created_at=now)
        for roll, name in enumerate(names)
    ]
    content = csv_bytes(policy.STUDENTS, [policy.student(one, Names()) for one in kept])

    rows, issues = student_rows(read_sheet(content, ImportKind.STUDENTS))

    assert issues == []
    assert [row.name for row in rows] == [composed(name) for name in names]
