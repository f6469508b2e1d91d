"""A clock set back an hour in the middle of a school day: nobody is locked out, nothing waits, nothing breaks."""

import asyncio
import signal
import subprocess
import sys
from collections import defaultdict
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from backend.tests.conftest import (
    EMAIL,
    PASSWORD,
    REPOSITORY,
    Backend,
    Class,
    Person,
    first_administrator,
    inside,
    new_student,
    sign_in,
)
from backend.tests.domains.attendance.test_flows_recognition import submit, until
from backend.tests.simulator import Simulator

from attendance_backend.adapters.mongo import Client
from attendance_backend.domains.audit.schemas import Asked
from attendance_backend.domains.audit.service import AuditService
from attendance_backend.domains.identity.schemas import SYSTEM
from attendance_backend.paging import NEWEST_FIRST, PageRequest
from attendance_backend.ports.clock import SystemClock
from attendance_backend.wiring.domains import STORES
from attendance_backend.wiring.queues import QUEUES

WRONG_TRIES = 6
IMPORT_SECONDS = 120
"""This process is not forked from one that has imported the program."""


@pytest.fixture
async def stepping(program: Backend) -> AsyncIterator[subprocess.Popen[bytes]]:
    """The backend's process, whose clock can be set back."""
    command = [sys.executable, "-m", "backend.tests.stepping", "serve"]
    with (program.home / "output.log").open("ab") as output:
        process = subprocess.Popen(command, cwd=REPOSITORY, env=program.environment, stdout=output, stderr=output)  # noqa: ASYNC220  # returns at once
    try:
        await program.until_ready(process, IMPORT_SECONDS)
        yield process
    finally:
        process.terminate()
        process.wait()


@pytest.fixture
async def backend(program: Backend, stepping: subprocess.Popen[bytes]) -> Backend:
    assert stepping.poll() is None
    async with inside(program.environment) as services:
        await first_administrator(services)
    return program


async def tokens(backend: Backend) -> dict[str, Any]:
    answer = await backend.http.post("/api/v1/auth/sign-in", json={"email": EMAIL, "password": PASSWORD})
    found: dict[str, Any] = answer.raise_for_status().json()
    return found


async def names(office: Person) -> list[str]:
    """Of every student, read one page after the other."""
    found, cursor = list[str](), {}
    while True:
        page = await office.done("GET", "/students", params={"limit": 2, **cursor})
        found += [student["name"] for student in page["items"]]
        if page["next_cursor"] is None:
            return found
        cursor = {"cursor": page["next_cursor"]}


async def test_an_hour_back_costs_nobody_an_hour(
    a_class: Class,
    backend: Backend,
    office: Person,
    simulator: Simulator,
    stepping: subprocess.Popen[bytes],
    mongo: Client,
) -> None:
    held = await tokens(backend)
    for _ in range(WRONG_TRIES):
        await backend.http.post("/api/v1/auth/sign-in", json={"email": "teacher@school.example", "password": "wrong"})
    await simulator.stop()
    _, place, _ = await submit(a_class, "ann")
    before = await names(office)
    stepping.send_signal(signal.SIGUSR1)

    teacher = await sign_in(backend.http, "teacher@school.example", PASSWORD)
    turned = await backend.http.post("/api/v1/auth/refresh", json={"refresh_token": held["refresh_token"]})
    me = await office.done("GET", "/me")
    since = [await new_student(office, name) for name in ("dora", "emil")]
    await simulator.start()
    recognised = await until(a_class.teacher, place, "recognised")
    closed = await teacher.done("POST", f"/sessions/{a_class.session}/close")

    assert (turned.status_code, me["email"]) == (200, EMAIL)
    assert await names(office) == [*before, "dora", "emil"]
    assert [a_class.cleo, *since] == sorted([a_class.cleo, *since]), "lists are read on by id"
    assert [face["student_id"] for face in recognised["faces"]] == [a_class.ann]
    assert closed["session"]["state"] == "closed"
    await all_sealed(mongo, backend.environment["MONGODB_DATABASE"])
    assert backend.command("audit", "verify").returncode == 0


async def all_sealed(mongo: Client, database: str) -> None:
    async with asyncio.timeout(60):
        while await mongo[database]["audit"].find_one({"sealed": False}):  # noqa: ASYNC110  # another program
            await asyncio.sleep(0.2)


class HoursBehind:
    """A clock that was set back after ids were made by the one before."""

    def now(self) -> datetime:
        return SystemClock().now() - timedelta(hours=2)


async def test_the_log_up_to_a_moment_has_what_was_done_by_a_clock_set_back(environment: dict[str, str]) -> None:
    clock = HoursBehind()
    async with inside(environment, clock) as (made, transactions):
        audit = made.get(AuditService)
        await transactions.run(lambda tx: audit.note(SYSTEM, "looked", "nobody", {}, tx))
        until_then = Asked(action="looked", until=clock.now() + timedelta(minutes=5))
        found = await audit.page(SYSTEM, until_then, PageRequest(10, sort=NEWEST_FIRST))

    assert [entry.action for entry in found.items] == ["looked"]


def test_every_queue_has_an_index_by_which_what_is_due_is_found() -> None:
    keys = defaultdict[str, list[tuple[str, ...]]](list)
    for store in STORES:
        for collection, indexes in store.INDEXES.items():
            keys[collection] += [tuple(index.document["key"]) for index in indexes]
    for queue in QUEUES:
        first = ("state", "due") if queue.states else ("due",)
        assert any(key[: len(first)] == first for key in keys[queue.collection]), queue.collection
