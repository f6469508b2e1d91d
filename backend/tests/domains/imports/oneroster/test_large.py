"""A whole school in one archive: as large as a proof asks, clean and dirty, dry and for good."""

import asyncio
import csv
import io
import os
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from math import ceil

from backend.tests.commands import counted
from backend.tests.conftest import Person, inside
from backend.tests.domains.imports.oneroster.archives import ENROLMENTS, USERS, Table, archive, large
from backend.tests.domains.imports.oneroster.test_flows import changes, sent, taken

from attendance_backend.bulk import MOST_WRITTEN
from attendance_backend.domains.identity.schemas import SYSTEM
from attendance_backend.domains.imports.oneroster.flows import OneRosterFlows
from attendance_backend.domains.imports.oneroster.schemas import Area
from attendance_backend.domains.imports.oneroster.service import read_archive
from attendance_backend.domains.imports.policy import MOST_CHANGES
from attendance_backend.domains.imports.schemas import ImportMode

STUDENTS = int(os.environ.get("ONEROSTER_STUDENTS", "60"))
CLASSES = int(os.environ.get("ONEROSTER_CLASSES", "6"))
EACH = int(os.environ.get("ONEROSTER_CLASSES_EACH", "3"))
DIRT: tuple[tuple[int, str, str], ...] = (
    (3, "c-nowhere", "UNKNOWN_CLASS"),
    (5, "u-nobody", "UNKNOWN_USER"),
    (8, "30.11.2026", "NO_DATE"),
    (0, "e1-1", "TWICE_IN_FILE"),
)
"""Column, cell and what is wrong with it; the last makes two rows wrong."""


def dirty(tables: dict[str, Table]) -> tuple[dict[str, Table], Counter[str]]:
    """The tables with a wrong cell in every tenth enrolment, and how often each thing is wrong."""
    rows, wrong = [list(row) for row in tables["enrollments"][1:]], Counter[str]()
    for number in range(0, STUDENTS * EACH, 10):
        column, cell, code = DIRT[number // 10 % 3]
        rows[number][column] = cell
        wrong[code] += 1
    rows.append(["e1-1", *rows[EACH + 1][1:]])
    wrong["TWICE_IN_FILE"] += sum(row[0] == "e1-1" for row in rows)
    return {**tables, "enrollments": [ENROLMENTS[0], *rows]}, wrong


@asynccontextmanager
async def health_asked(office: Person) -> AsyncIterator[list[int]]:
    """What the program answers meanwhile to whoever asks, again and again, whether it lives."""
    answers = list[int]()

    async def ask() -> None:
        while True:
            answers.append((await office.http.get("/health/live")).status_code)
            await asyncio.sleep(0.05)

    asking = asyncio.create_task(ask())
    try:
        yield answers
    finally:
        asking.cancel()
    (ended,) = await asyncio.gather(asking, return_exceptions=True)
    assert isinstance(ended, asyncio.CancelledError)


async def test_a_dirty_archive_of_a_school_leaves_nothing_half_imported(
    office: Person, record_property: Callable[[str, object], None]
) -> None:
    clean = large(STUDENTS, CLASSES, EACH)
    spoilt, wrong = dirty(clean)

    judged = await taken(office, archive(spoilt), dry_run="true")
    refused = await sent(office, archive(spoilt))
    untouched = (await office.done("GET", "/students", params={"limit": "1"}))["items"]
    async with health_asked(office) as answers:
        started = time.monotonic()
        first = await taken(office, archive(clean))
        took = time.monotonic() - started
    again = await taken(office, archive(clean))
    exported = await office.ask("GET", "/exports/rosters.csv", timeout=120)

    enrolled = STUDENTS * EACH
    total = judged["issues_not_listed"] + len(judged["issues"]) - 1  # a school year is no term
    assert (refused.status_code, refused.json()["error_code"], untouched) == (422, "IMPORT_REFUSED", [])
    assert total == wrong.total()
    assert set(answers) == {200}
    assert changes(first, "new") == {
        "terms": 2,
        "students": STUDENTS,
        "teachers": max(1, CLASSES // 2),
        "guardians": STUDENTS,
        "subjects": CLASSES,
        "rosters": enrolled,
    }
    assert changes(again, "new") == changes(again, "changed") == changes(again, "ended") == {}
    text = exported.content.decode("utf-8-sig")
    today = {row["roll_number"] for row in csv.DictReader(io.StringIO(text, newline=""))}
    assert len(today) == STUDENTS
    record_property("enrolments", enrolled)
    record_property("health answers meanwhile", len(answers))
    record_property("rows refused", wrong.total())
    record_property("ms to import", round(took * 1000))


async def test_an_archive_that_one_transaction_can_not_hold_is_refused_before_anything_is_written(
    office: Person,
) -> None:
    answer = await sent(office, archive(large(MOST_CHANGES // 20, 20, 20)), dry_run="true")

    assert (answer.status_code, answer.json()["error_code"]) == (422, "IMPORT_TOO_LARGE")


async def test_who_leaves_is_archived_in_as_many_writes_as_there_are_pieces(
    environment: dict[str, str], office: Person
) -> None:
    students, each = 500, 2
    await taken(office, archive(large(students, CLASSES, each)))
    gone = [USERS[0], *((f"s{n}", "tobedeleted", "2026-11-20T08:00:00Z", *[""] * 7) for n in range(students))]
    delta = read_archive(archive({"users": gone}, "delta"))
    commands = counted()

    async with inside(environment) as (services, transactions):
        flows = services.get(OneRosterFlows)
        report = await transactions.run(lambda tx: flows.run(SYSTEM, delta, ImportMode.ALL, tx))
    again = await taken(office, archive({"users": gone}, "delta"))

    pieces = ceil(students / MOST_WRITTEN) + ceil(students * each / MOST_WRITTEN)
    assert commands.by_name["update"] + commands.by_name["delete"] == pieces
    assert commands.by_name["insert"] == 1, "the entry in the audit log"
    assert report.changes[Area.STUDENTS].ended == students
    assert changes(again, "ended") == {}
    (last,) = (await office.done("GET", "/students", params={"roll_number": f"R{students - 1}"}))["items"]
    assert last["archived_on"]
    exported = await office.ask("GET", "/exports/rosters.csv", timeout=120)
    assert exported.content.decode("utf-8-sig").splitlines()[1:] == []
