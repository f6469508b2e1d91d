"""Files of lessons taken over by a running backend: a subject's timetable whole, or not at all."""

from typing import Any

import pytest
from backend.tests.conftest import EMAIL, PASSWORD, Backend, Person, sign_in
from backend.tests.domains.imports.test_flows import sent, taken

HEAD = "Subject;Day;Lesson;Start;End;Room;From;To;every_weeks;first_week\n"


@pytest.fixture(scope="module")
async def office(shared_backend: Backend) -> Person:
    """The office of a school that the tests of this module share."""
    return await sign_in(shared_backend.http, EMAIL, PASSWORD)


async def a_subject(office: Person, code: str) -> str:
    return str((await office.done("POST", "/subjects", json={"code": code, "name": code}))["id"])


async def timetable(office: Person, subject: str) -> tuple[int, list[dict[str, Any]]]:
    found = await office.done("GET", f"/subjects/{subject}/timetable")
    return found["version"], found["entries"]


def codes(report: dict[str, Any]) -> list[tuple[int, str | None, str]]:
    return [(issue["line"], issue["column"], issue["code"]) for issue in report["issues"]]


async def test_a_timetable_comes_in_whole_and_the_same_again_changes_nothing(office: Person) -> None:
    maths, music = [await a_subject(office, code) for code in ("W-MA", "W-MU")]
    room = (await office.done("POST", "/rooms", json={"name": "=Hall"}))["id"]
    file = (
        f"\ufeff{HEAD}W-MA;Montag;1;8:00;08.45;'=Hall;;;;\r\n"
        "W-MA;mié;2;09:00:00;09:45;;01.09.2026;2026-12-20;2;2026-09-09\r\nW-MU;5;1;8h00;8h45;;;;;\r\n"
    )

    judged = await taken(office, "timetable", file, dry_run="true")
    first, again = [await taken(office, "timetable", file) for _ in range(2)]
    less = await taken(office, "timetable", f"{HEAD}W-MA;1;1;8:00;8:50;;;;;\n")

    assert judged["counts"] == first["counts"] == {"new": 3, "changed": 0, "unchanged": 0, "refused": 0}
    assert again["counts"] == {"new": 0, "changed": 0, "unchanged": 3, "refused": 0}
    assert (less["counts"]["changed"], codes(less)) == (1, [(2, "Subject", "LESSONS_END")])
    version, (entry,) = await timetable(office, maths)
    assert (version, entry["ends_at"], entry["room_id"]) == (2, "08:50", None)
    assert (await timetable(office, music))[0] == 1
    planned = (await timetable(office, music))[1]
    assert [(one["weekday"], one["starts_at"]) for one in planned] == [(5, "08:00")]
    assert room not in {one["room_id"] for one in planned}


async def test_a_dirty_timetable_is_told_row_by_row_and_of_a_spoilt_subject_nothing_comes_in(office: Person) -> None:
    art, bio, chem = [await a_subject(office, code) for code in ("D-A", "D-B", "D-C")]
    rows = [
        "D-A;1;1;08:00;08:45;;;;;",
        "D-A;Someday;2;09:00;09:45;;;;;",
        "D-B;1;1;08:00;08:45;;;;;",
        "D-B;Mon;1;10:00;10:45;;;;;",
        "D-B;2;1;10:00;10:45;Nowhere;;;;",
        "D-X;2;1;10:00;10:45;;;;;",
        "D-C;7;3;24:00;25:00;;;;;",
        "D-C;7;4;10:00;09:00;;;;;",
        "D-C;7;25;10:00;11:00;;;;;",
        "D-C;7;5;10:00;11:00;;3/4/2026;;;",
        "D-C;7;6;10:00;11:00;;;;2;",
        "D-C;=1;7;10:00;11:00;;;;;",
    ]
    clean = await a_subject(office, "D-Z")
    file = "\n".join([HEAD.strip(), *rows, "D-Z;1;1;08:00;08:45;;;;;", "D-Z;1;2;09:00;09:45;;;;;"])

    refused = await sent(office, "timetable", file, "cp1252")
    before = await timetable(office, clean)
    partly = await taken(office, "timetable", file, mode="valid_rows")

    assert codes(refused.json()["details"]["report"]) == codes(partly)
    assert codes(partly) == [
        (2, "Subject", "SUBJECT_INCOMPLETE"),
        (3, "Day", "NO_WEEKDAY"),
        (4, "Subject", "SUBJECT_INCOMPLETE"),
        (5, "Lesson", "TIMETABLE_CLASH"),
        (6, "Room", "UNKNOWN_ROOM"),
        (7, "Subject", "UNKNOWN_SUBJECT"),
        (8, "Start", "NO_TIME"),
        (9, "End", "NO_LESSON"),
        (10, "Lesson", "NO_LESSON"),
        (11, "From", "NO_DATE"),
        (12, "first_week", "NO_LESSON"),
        (13, "Day", "FORMULA_CELL"),
    ]
    assert before == (0, [])
    assert partly["counts"] == {"new": 2, "changed": 0, "unchanged": 0, "refused": 12}
    assert [(await timetable(office, subject))[0] for subject in (art, bio, chem, clean)] == [0, 0, 0, 1]


async def test_a_letter_that_was_lost_keeps_no_lesson_out(office: Person) -> None:
    subject = await a_subject(office, "L-A")
    await office.done("POST", "/rooms", json={"name": "Caf\ufffd"})

    report = await taken(office, "timetable", f"{HEAD}L-A;1;1;08:00;08:45;Caf\ufffd;;;;\nL-A;2;1;08:00;08:45;;;;;\n")

    assert codes(report) == [(2, "Room", "LETTER_LOST")]
    assert report["counts"]["new"] == len((await timetable(office, subject))[1]) == 2


async def test_a_timetable_of_too_many_lessons_is_refused(office: Person) -> None:
    await a_subject(office, "M-A")
    lessons = [
        f"M-A;{day};{period};08:00;08:45;;{year}-01-01;{year}-12-31;;\n"
        for year in (2026, 2027)
        for day in range(1, 8)
        for period in range(1, 16)
    ]

    refused = await sent(office, "timetable", HEAD + "".join(lessons))

    told = codes(refused.json()["details"]["report"])
    assert {code for line, _, code in told if line > 201} == {"TOO_MANY_LESSONS"}
    assert {code for line, _, code in told if line <= 201} == {"SUBJECT_INCOMPLETE"}
    assert len(told) == len(lessons)
