"""The day's sessions at a glance: as many numbers as a teacher needs to know where to look."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import pytest
from backend.tests.commands import Commands, counted
from backend.tests.conftest import Class, Person, inside, new_teacher
from backend.tests.simulator import Simulator, photo_of

from attendance_backend.domains.attendance.registers.flows import RegisterFlows
from attendance_backend.domains.identity.schemas import SYSTEM
from attendance_backend.paging import PageRequest

DAY = "2026-11-20"
PATH = f"/sessions/overview?date={DAY}"


async def overview(person: Person) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await person.done("GET", PATH))["items"]
    return items


async def numbers(a_class: Class) -> dict[str, int]:
    """Those of the only session, which have to agree with its register."""
    (shown,) = await overview(a_class.teacher)
    register = await a_class.teacher.done("GET", f"/sessions/{a_class.session}/register")
    assert (shown.pop("session"), shown.pop("subject")) == (register["session"], register["subject"])
    statuses = Counter(row["status"] for row in register["students"])
    assert [shown[status] for status in ("present", "late", "excused", "absent")] == [
        statuses[status] for status in ("present", "late", "excused", "absent")
    ]
    assert shown["to_confirm"] + shown["unmarked"] == statuses["unmarked"]
    assert shown["students"] == len(register["students"])
    assert shown["unknown_faces"] == len(register["unknown_faces"])
    return {name: number for name, number in shown.items() if number}


async def test_an_open_session_tells_what_is_left_to_do(a_class: Class) -> None:
    path = f"/sessions/{a_class.session}"
    before = await numbers(a_class)
    shown = await a_class.teacher.done("POST", f"{path}/captures", content=photo_of("ann", "ben?", "stranger"))
    photographed = await numbers(a_class)
    await a_class.teacher.done("PUT", f"/captures/{shown['id']}/faces/1", json={"student_id": a_class.ben})
    await a_class.teacher.done("PUT", f"{path}/marks/{a_class.ann}", json={"status": "late"})
    await a_class.teacher.done("PUT", f"{path}/marks/{a_class.cleo}", json={"status": "absent"})
    reviewed = await numbers(a_class)

    assert before == {"students": 3, "unmarked": 3}
    assert photographed == {"students": 3, "present": 1, "to_confirm": 1, "unmarked": 1, "unknown_faces": 1}
    assert reviewed == {"students": 3, "present": 1, "late": 1, "absent": 1, "unknown_faces": 1}


async def test_a_closed_session_tells_what_was_recorded_and_corrected(a_class: Class) -> None:
    path = f"/sessions/{a_class.session}"
    await a_class.teacher.done("POST", f"{path}/captures", content=photo_of("ann", "ben?", "stranger"))
    await a_class.teacher.done("PUT", f"{path}/marks/{a_class.cleo}", json={"status": "excused"})
    await a_class.teacher.done("POST", f"{path}/close")
    closed = await numbers(a_class)
    rows = (await a_class.teacher.done("GET", f"{path}/register"))["students"]
    record = {row["student_id"]: row["record_id"] for row in rows}[a_class.ben]
    await a_class.teacher.done("PATCH", f"/records/{record}", json={"status": "present", "reason": "I saw him"})
    await a_class.teacher.done("DELETE", f"/subjects/{a_class.subject}/roster/{a_class.ann}?leaves_on=2026-11-20")
    corrected = await numbers(a_class)
    await a_class.teacher.done("POST", f"{path}/reopen")
    reopened = await numbers(a_class)

    assert closed == {"students": 3, "present": 1, "excused": 1, "absent": 1, "unknown_faces": 1}
    assert corrected == {"students": 3, "present": 2, "excused": 1, "unknown_faces": 1}
    assert reopened == {"students": 2, "present": 1, "excused": 1, "unknown_faces": 2}, "one has left the roster"


async def test_photos_that_wait_and_photos_that_failed_are_told_apart(a_class: Class, simulator: Simulator) -> None:
    await simulator.stop()
    await a_class.teacher.done("POST", f"/sessions/{a_class.session}/captures", content=photo_of("ann"))
    waiting = await numbers(a_class)
    simulator.switches.refuse_with, simulator.switches.refuses = (422, "INVALID_IMAGE"), "/api/ml/recognize"
    await simulator.start()

    assert waiting == {"students": 3, "unmarked": 3, "pending_captures": 1}
    told = waiting
    async with asyncio.timeout(60):
        while "pending_captures" in told:
            told = await numbers(a_class)
    assert told == {"students": 3, "unmarked": 3, "failed_captures": 1}
    (capture,) = (await a_class.teacher.done("GET", f"/sessions/{a_class.session}/register"))["captures"]
    assert (capture["state"], capture["error_code"]) == ("failed", "INVALID_IMAGE")
    assert capture["attempts"] >= 2


async def test_a_row_names_its_record_once_there_is_one(a_class: Class) -> None:
    path = f"/sessions/{a_class.session}"
    marked = await a_class.teacher.done("PUT", f"{path}/marks/{a_class.ann}", json={"status": "late"})
    still_open = (await a_class.teacher.done("GET", f"{path}/register"))["students"]
    await a_class.teacher.done("POST", f"{path}/close")
    closed = (await a_class.teacher.done("GET", f"{path}/register"))["students"]
    records = (await a_class.teacher.done("GET", f"{path}/records"))["items"]

    assert [row["record_id"] for row in (marked, *still_open)] == [None] * 4
    assert {row["student_id"]: row["record_id"] for row in closed} == {r["student_id"]: r["id"] for r in records}


async def test_a_teacher_sees_own_subjects_and_the_office_all(a_class: Class, office: Person) -> None:
    other_id, other = await new_teacher(office, "other@school.example")
    new = {"code": "ART-1", "name": "Art", "teacher_ids": [other_id]}
    subject = (await office.done("POST", "/subjects", json=new))["id"]
    _, nobody = await new_teacher(office, "nobody@school.example")
    await other.done("POST", "/sessions", json={"subject_id": subject, "date": DAY, "period": 2})

    codes = [[item["subject"]["code"] for item in await overview(p)] for p in (a_class.teacher, other, nobody, office)]

    assert codes == [["MATH-1"], ["ART-1"], [], ["MATH-1", "ART-1"]]
    (empty,) = await overview(other)
    assert {name: empty[name] for name in ("students", "unmarked", "absent")} == dict.fromkeys(
        ("students", "unmarked", "absent"), 0
    )


async def test_the_day_is_today_at_the_school_unless_one_is_named(a_class: Class) -> None:
    today = (await a_class.teacher.done("GET", "/me"))["institution"]["today"]
    asked = {"subject_id": a_class.subject, "date": today, "period": 9}
    session = await a_class.teacher.done("POST", "/sessions", json=asked)

    items = (await a_class.teacher.done("GET", "/sessions/overview"))["items"]
    nonsense = await a_class.teacher.ask("GET", "/sessions/overview?date=today")

    assert session in [item["session"] for item in items]
    assert {item["session"]["date"] for item in items} == {today}
    assert (nonsense.status_code, nonsense.json()["error_code"]) == (400, "INVALID_REQUEST")


async def test_a_long_day_is_walked_page_by_page(a_class: Class) -> None:
    for period in range(2, 6):
        asked = {"subject_id": a_class.subject, "date": DAY, "period": period}
        await a_class.teacher.done("POST", "/sessions", json=asked)
    periods, path = [], f"{PATH}&limit=2"
    while path:
        page = await a_class.teacher.done("GET", path)
        periods += [item["session"]["period"] for item in page["items"]]
        path = f"{PATH}&limit=2&cursor={page['next_cursor']}" if page["next_cursor"] else ""

    assert periods == [1, 2, 3, 4, 5]


@pytest.fixture
async def counted_flows(environment: dict[str, str]) -> AsyncIterator[tuple[RegisterFlows, Commands]]:
    commands = counted()
    async with inside(environment) as (services, _):
        yield services.get(RegisterFlows), commands


async def test_many_sessions_ask_the_database_as_often_as_one(
    a_class: Class, counted_flows: tuple[RegisterFlows, Commands]
) -> None:
    flows, commands = counted_flows
    counts = []
    for period in range(2, 12, 3):
        for more in range(3):
            asked = {"subject_id": a_class.subject, "date": DAY, "period": period + more}
            session = await a_class.teacher.done("POST", "/sessions", json=asked)
        await a_class.teacher.done("POST", f"/sessions/{session['id']}/close")
        before = commands.count
        (first, *_) = (await flows.overview(SYSTEM, date.fromisoformat(DAY), PageRequest(50))).items
        counts.append(commands.count - before)

    assert first.students == 3
    assert set(counts) == {counts[0]}
