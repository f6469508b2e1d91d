"""OneRoster archives taken over by a running backend, and what a second one changes."""

import asyncio
from typing import Any

import httpx2
from backend.tests.conftest import Person
from backend.tests.domains.imports.oneroster.archives import (
    ENROLMENTS,
    SCHOOL,
    USERS,
    Table,
    archive,
    manifest,
    with_rows,
    written,
    zipped,
)

from attendance_backend.adapters.mongo import Client

ZIP = {"Content-Type": "application/zip"}
LAST_SCHOOL_DAY = "2099-06-30"


async def sent(office: Person, content: bytes, **asked: str) -> httpx2.Response:
    return await office.ask("POST", "/imports/oneroster", content=content, headers=ZIP, params=asked, timeout=120)


async def taken(office: Person, content: bytes, **asked: str) -> dict[str, Any]:
    answer = await sent(office, content, **asked)
    assert answer.is_success, answer.text
    report: dict[str, Any] = answer.json()
    return report


def changes(report: dict[str, Any], kind: str) -> dict[str, dict[str, int]]:
    """The areas in which there is some of this kind, and how many."""
    return {area: change[kind] for area, change in report["changes"].items() if change[kind]}


def codes(report: dict[str, Any]) -> list[tuple[str, int, str]]:
    return [(issue["file"].removesuffix(".csv"), issue["line"], issue["code"]) for issue in report["issues"]]


async def by(office: Person, path: str, field: str) -> dict[str, Any]:
    return {one[field]: one for one in (await office.done("GET", path, params={"limit": "200"}))["items"]}


async def roster(office: Person, subject: str, on: str) -> list[str]:
    found = await office.done("GET", f"/subjects/{subject}/roster", params={"on": on})
    return sorted(one["external_id"] for one in found["items"])


async def test_a_whole_school_comes_in_and_the_same_archive_again_changes_nothing(office: Person) -> None:
    judged = await taken(office, archive(), dry_run="true")
    assert await by(office, "/students", "external_id") == {}
    first = await taken(office, archive())
    again = await taken(office, archive())

    everything = {"terms": 2, "students": 2, "teachers": 2, "guardians": 3, "subjects": 2, "rosters": 3}
    assert changes(judged, "new") == changes(first, "new") == everything
    assert (judged["imported"], first["imported"]) == (False, True)
    assert changes(again, "unchanged") == everything
    assert changes(again, "new") == changes(again, "changed") == changes(again, "ended") == {}
    assert codes(first) == [("academicSessions", 2, "NO_TERM")]

    terms = await by(office, "/terms", "name")
    assert (terms["Spring"]["first_day"], terms["Spring"]["last_day"]) == ("2021-01-04", LAST_SCHOOL_DAY)
    students = await by(office, "/students", "external_id")
    assert (students["u1"]["name"], students["u1"]["roll_number"]) == ('Zoë O"Doe', "R-1")
    assert (students["u2"]["roll_number"], students["u2"]["is_minor"]) == ("ben", True)
    cared = await by(office, f"/students/{students['u2']['id']}/guardians", "name")
    assert sorted(cared) == ["Par Ent", "Rel Ative"]
    subjects, users = await by(office, "/subjects", "code"), await by(office, "/users", "email")
    assert sorted(subjects) == ["MA7A", "c2"]
    primary, co = users["tea@school.example"]["id"], users["co@school.example"]["id"]
    assert subjects["MA7A"]["teacher_ids"] == [primary, co]
    maths = subjects["MA7A"]["id"]
    days = ["2020-09-15", "2020-10-31", "2020-11-01", LAST_SCHOOL_DAY, "2099-07-01"]
    assert [await roster(office, maths, day) for day in days] == [["u1"], ["u1", "u2"], ["u1"], ["u1"], []]


async def test_who_came_in_signs_in_only_after_the_link_of_a_reset(office: Person) -> None:
    await taken(office, archive())
    users = await by(office, "/users", "email")
    empty, wrong = [
        await office.http.post("/api/v1/auth/sign-in", json={"email": "tea@school.example", "password": password})
        for password in ("", "x" * 12)
    ]
    link = (await office.done("POST", f"/users/{users['tea@school.example']['id']}/password-reset"))["link"]
    chosen = {"secret": link.partition("#")[2], "password": "a long enough secret"}
    assert (await office.http.post("/api/v1/auth/password-reset/complete", json=chosen)).is_success
    right = await office.http.post(
        "/api/v1/auth/sign-in", json={"email": "tea@school.example", "password": "a long enough secret"}
    )

    assert (empty.status_code, wrong.status_code, right.status_code) == (401, 401, 200)
    assert users["tea@school.example"]["role"] == "teacher"


async def test_what_people_did_stays_until_the_archive_itself_says_something_new(office: Person) -> None:
    await taken(office, archive())
    subjects, students = await by(office, "/subjects", "code"), await by(office, "/students", "external_id")
    maths, zoe = subjects["MA7A"]["id"], students["u1"]["id"]
    helper = await office.done("POST", "/students", json={"roll_number": "H", "name": "By hand"})
    await office.done("PUT", f"/subjects/{maths}/roster/{helper['id']}")
    await office.done("DELETE", f"/subjects/{maths}/roster/{zoe}", params={"on": "2020-10-15"})
    await office.done("PATCH", f"/subjects/{maths}", json={"code": "M7"})

    again = await taken(office, archive())
    renamed = with_rows("users", ("u1", "", "", "true", "zoe", "Zoe", "Doe", "R-7", "", ""), without=["u1", "u6"])
    renamed["roles"] = with_rows("roles", without=["r6"])["roles"]
    moved = {**renamed, "enrollments": with_rows("enrollments", without=["e3"])["enrollments"]}
    moved["enrollments"] = [
        ("e1", "", "", "c1", "o1", "u1", "student", "", "2020-09-10", "") if row[0] == "e1" else row
        for row in moved["enrollments"]
    ]
    later = await taken(office, archive(moved))

    assert changes(again, "changed") == {}
    assert changes(again, "left_alone") == {"rosters": 1}
    assert changes(later, "changed") == {"students": 1, "rosters": 1}
    assert changes(later, "ended") == {"rosters": 1}
    assert (await office.done("GET", f"/students/{zoe}"))["roll_number"] == "R-7"
    on_it = (await office.done("GET", f"/subjects/{maths}/roster", params={"on": "2099-01-01"}))["items"]
    assert sorted(one["roll_number"] for one in on_it) == ["H", "R-7"]
    assert await roster(office, subjects["c2"]["id"], "2099-01-01") == []


async def test_a_delta_changes_what_it_names_and_ends_what_it_deletes(office: Person) -> None:
    await taken(office, archive())
    delta: dict[str, Table] = {
        "users": (USERS[0], ("u2", "tobedeleted", "2026-11-20T08:00:00Z", *[""] * 7)),
        "classes": (SCHOOL["classes"][0], ("c2", "tobedeleted", "2026-11-20T08:00:00Z", *[""] * 4)),
        "enrollments": (
            ENROLMENTS[0],
            ("e1", "tobedeleted", "", *[""] * 7),
            ("e4", "tobedeleted", "", "c1", "o1", "u4", "teacher", "", "", ""),
            ("e9", "active", "", "c1", "o1", "u3", "teacher", "true", "", ""),
        ),
    }

    report = await taken(office, archive(delta, "delta"))

    assert changes(report, "ended") == {"students": 1, "subjects": 1, "rosters": 1}
    subjects, users = await by(office, "/subjects", "code"), await by(office, "/users", "email")
    assert subjects["c2"]["archived"]
    assert subjects["MA7A"]["teacher_ids"] == [users["tea@school.example"]["id"]]
    assert await roster(office, subjects["MA7A"]["id"], LAST_SCHOOL_DAY) == []
    assert (await by(office, "/students", "external_id"))["u2"]["archived_on"]
    assert changes(report, "left_alone") == {}


async def test_people_and_subjects_that_are_there_already_are_known_again(office: Person) -> None:
    zoe = await office.done("POST", "/students", json={"roll_number": "R-1", "name": "Zoe", "is_minor": False})
    await office.done("POST", f"/students/{zoe['id']}/guardians", json={"name": "par ent"})
    maths = await office.done("POST", "/subjects", json={"code": "MA7A", "name": "Maths"})
    await office.done("POST", "/terms", json={"name": "First", "first_day": "2020-09-01", "last_day": "2020-12-20"})

    report = await taken(office, archive())

    assert changes(report, "changed") == {"terms": 1, "students": 1, "guardians": 1, "subjects": 1}
    assert (await by(office, "/students", "external_id"))["u1"]["id"] == zoe["id"]
    assert not (await office.done("GET", f"/students/{zoe['id']}"))["is_minor"]
    assert (await by(office, "/subjects", "id"))[maths["id"]]["name"] == "Maths 7a"


def dirty_archive() -> bytes:
    """An archive with everything wrong that a file of it can have."""
    files = {
        "manifest.csv": manifest({**dict.fromkeys(SCHOOL, "bulk"), "demographics": "bulk"}),
        **{f"{name}.csv": written(table, "utf-8-sig", "\n") for name, table in SCHOOL.items()},
        "demographics.csv": b"sourcedId,birthDate\nu1,2010-01-01\n",
        "../escape.csv": b"x",
        "users.csv": written(
            (
                (*USERS[0], "pronouns", "metadata.shoe"),
                *((*row, "", "38") for row in USERS[1:]),
                ("u7", "", "", "maybe", "x", "X", "Y", "", "", "", "", ""),
                ("u8", "", "", "true", "x", "=cmd()", "Y", "", "no address", "nobody", "", ""),
                ("u9", "", "", "true", "x", "A", "B", "R-1", "no address", "nobody", "", ""),
                ("u1", "", "", "true", "x", "", "", "", "", "", "", ""),
            ),
            "utf-16",
        ),
        "enrollments.csv": written(
            (
                *ENROLMENTS,
                ("e6", "", "", "c9", "o1", "u1", "student", "", "", ""),
                ("e7", "", "", "c1", "o1", "u9", "student", "", "", ""),
                ("e8", "", "", "c1", "o1", "u1", "proctor", "", "", ""),
                ("e9", "", "", "c1", "o1", "u1", "student", "", "30.11.2026", ""),
                ("e3", "", "", "c1", "o1", "u1", "student", "", "2026-11-30", "2026-11-29"),
            )
        ),
    }
    return zipped(files)


async def test_a_dirty_archive_is_told_line_by_line_and_nothing_of_it_is_kept(
    office: Person, mongo: Client, database_name: str
) -> None:
    dirty = dirty_archive()

    judged = await taken(office, dirty, dry_run="true")
    refused = await sent(office, dirty)
    table = await office.ask(
        "POST", "/imports/oneroster?dry_run=true", content=dirty, headers={**ZIP, "Accept": "text/csv"}
    )

    assert codes(judged) == [
        ("academicSessions", 2, "NO_TERM"),
        ("enrollments", 4, "TWICE_IN_FILE"),
        ("enrollments", 7, "UNKNOWN_CLASS"),
        ("enrollments", 8, "UNKNOWN_USER"),
        ("enrollments", 9, "ROLE_NOT_USED"),
        ("enrollments", 10, "NO_DATE"),
        ("enrollments", 11, "TWICE_IN_FILE"),
        ("users", 8, "NOT_TRUE_OR_FALSE"),
        ("users", 9, "FORMULA_CELL"),
        ("users", 10, "NO_EMAIL"),
        ("users", 11, "EMPTY_CELL"),
        ("users", 11, "EMPTY_CELL"),
    ]
    assert {left["name"]: left["reason"] for left in judged["files_left"]} == {
        "../escape.csv": "ENTRY_PATH",
        "demographics.csv": "Nothing in it is kept here.",
    }
    (users,) = [file for file in judged["files"] if file["name"] == "users.csv"]
    assert users["file"]["ignored_columns"] == ["dateLastModified", "pronouns", "metadata.shoe"]
    assert (users["file"]["encoding"], users["refused"]) == ("utf-16", 4)
    assert (refused.status_code, refused.json()["error_code"]) == (422, "IMPORT_REFUSED")
    assert len(table.content.decode("utf-8-sig").splitlines()) == len(judged["issues"]) + 1
    kept = [await mongo[database_name][name].find_one({}) for name in ("students", "subjects", "rosters", "terms")]
    assert kept == [None] * 4

    partly = await taken(office, dirty, mode="valid_rows")
    assert changes(partly, "new") == {
        "terms": 2,
        "students": 2,
        "teachers": 2,
        "guardians": 3,
        "subjects": 2,
        "rosters": 2,
    }


async def test_a_file_that_is_missing_lacks_columns_or_is_a_bomb_stops_the_whole_archive(office: Person) -> None:
    tables = {f"{name}.csv": written(table) for name, table in SCHOOL.items()}
    whole = {"manifest.csv": manifest(dict.fromkeys(SCHOOL, "bulk")), **tables}
    missing = {name: content for name, content in whole.items() if name != "roles.csv"}
    narrow = {**whole, "roles.csv": b"sourcedId,userSourcedId\nr1,u1\n"}
    bomb = {**whole, "roles.csv": b"sourcedId,userSourcedId,role\n" + b"a" * 12_000_000}

    answers = [await sent(office, zipped(files), mode="valid_rows") for files in (missing, narrow, bomb)]

    found = [codes(answer.json()["details"]["report"]) for answer in answers]
    assert [answer.status_code for answer in answers] == [422] * 3
    assert ("roles", 0, "FILE_MISSING") in found[0]
    assert ("roles", 1, "COLUMN_MISSING") in found[1]
    assert ("roles", 0, "ENTRY_TOO_COMPRESSED") in found[2]
    assert await by(office, "/students", "id") == {}


async def test_an_archive_sent_twice_at_once_brings_everybody_once(office: Person) -> None:
    reports = await asyncio.gather(taken(office, archive()), taken(office, archive()))

    assert sorted(changes(report, "new").get("students", 0) for report in reports) == [0, 2]
    assert len(await by(office, "/students", "id")) == 2
