"""The backend and a database that is cut off in mid-word, away, silent or slow: what whoever asks gets to see."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from itertools import count
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest
from backend.tests.conftest import EMAIL, PASSWORD, Backend, Person, running_alone, sign_in
from backend.tests.proxy import Moment, Proxy, running_proxy

from attendance_backend.adapters.mongo import Client

PATIENCE = 60.0
numbers = count(1)


@dataclass
class Wired:
    """A backend that reaches its database over a wire that can fail."""

    backend: Backend
    wire: Proxy
    office: Person

    async def add_student(self, name: str) -> httpx2.Response:
        """Ask with a key of the name's own: to ask again is to retry."""
        asked = {"roll_number": name, "name": name}
        return await self.office.ask("POST", "/students", json=asked, headers={"Idempotency-Key": name})

    async def students_called(self, name: str) -> int:
        found = await self.office.done("GET", "/students", params={"limit": 200})
        return [student["name"] for student in found["items"]].count(name)

    async def audited(self, student_id: str) -> list[str]:
        found = await self.office.done("GET", "/audit", params={"target_id": student_id})
        return [entry["action"] for entry in found["items"]]


@pytest.fixture(scope="module")
async def wired_up(
    program_environment: dict[str, str], mongodb_uri: str, mongo: Client, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Wired]:
    home = tmp_path_factory.mktemp("home")
    async with running_proxy(urlsplit(mongodb_uri).port or 27017) as wire:
        uri = f"mongodb://127.0.0.1:{wire.port}/?directConnection=true&heartbeatFrequencyMS=1000"
        # Whose commit passes is to be that of who asks.
        async with running_alone(program_environment, mongo, uri, home, BACKGROUND_WORK="false") as backend:
            yield Wired(backend, wire, await sign_in(backend.http, EMAIL, PASSWORD))


@pytest.fixture
async def wired(wired_up: Wired) -> AsyncIterator[Wired]:
    """The wire as it should be, before and after."""
    yield wired_up
    wire = wired_up.wire
    wire.delay, wire.moment = 0.0, None
    wire.speaks.set()
    wire.refuse()
    await wire.start()
    async with asyncio.timeout(PATIENCE):
        while not (await wired_up.backend.http.get("/health/ready")).is_success:  # noqa: ASYNC110  # another program's
            await asyncio.sleep(0.1)


def a_name() -> str:
    return f"student-{next(numbers)}"


def is_no_database(answer: httpx2.Response) -> bool:
    told: dict[str, Any] = answer.json()
    said = (answer.status_code, told["error_code"], answer.headers.get("Retry-After"))
    return said == (503, "DATABASE_UNAVAILABLE", "5")


@pytest.mark.parametrize("after", [[], [b"commitTransaction"]])
@pytest.mark.parametrize("answered", [False, True])
@pytest.mark.parametrize("how", ["hang_up", "reset"])
async def test_a_connection_cut_in_the_middle_of_a_change_is_made_good_unseen(
    wired: Wired, how: str, after: list[bytes], answered: bool
) -> None:
    name = a_name()
    wired.wire.moment = Moment([name.encode(), *after], getattr(wired.wire, how), answered)

    first = await wired.add_student(name)
    again = await wired.add_student(name)

    assert wired.wire.moment is None, "nothing was cut"
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert await wired.audited(first.json()["id"]) == ["student created"]


async def test_whoever_is_not_told_of_a_commit_asks_again_and_it_was_done_once(wired: Wired) -> None:
    name = a_name()
    wired.wire.moment = Moment([name.encode(), b"commitTransaction"], wired.wire.refuse, answered=True)

    untold = await wired.add_student(name)
    await wired.wire.start()
    retried = await wired.add_student(name)

    assert is_no_database(untold)
    assert (retried.status_code, retried.headers.get("Idempotency-Replayed")) == (201, "true")
    assert await wired.students_called(name) == 1
    assert await wired.audited(retried.json()["id"]) == ["student created"]


async def test_without_a_database_each_call_says_so_and_all_is_well_when_it_is_back(wired: Wired) -> None:
    name = a_name()
    sign_in_again = {"email": EMAIL, "password": PASSWORD}
    wired.wire.refuse()

    asked = asyncio.gather(
        wired.office.ask("GET", "/students"),
        wired.add_student(name),
        wired.backend.http.post("/api/v1/auth/sign-in", json=sign_in_again),
        wired.office.ask("GET", "/reports/at-risk"),
    )
    unready = await wired.backend.http.get("/health/ready")
    refused = await asked
    await wired.wire.start()

    assert [is_no_database(answer) for answer in refused] == [True] * 4
    assert (unready.status_code, unready.json()["checks"]["database"]) == (503, "unavailable")
    assert (await wired.add_student(name)).status_code == 201
    assert (await wired.backend.http.get("/health/ready")).status_code == 200


async def test_a_database_that_falls_silent_keeps_nobody_waiting_for_ever(wired: Wired) -> None:
    name = a_name()
    wired.wire.speaks.clear()

    wired.backend.http.timeout = PATIENCE
    asked = asyncio.gather(wired.office.ask("GET", "/students"), wired.add_student(name))
    unready = await wired.backend.http.get("/health/ready")
    alive = await wired.backend.http.get("/health/live")
    unheard = await asked
    wired.wire.speaks.set()

    assert [is_no_database(answer) for answer in unheard] == [True, True]
    assert (unready.status_code, alive.status_code) == (503, 200)
    assert (await wired.add_student(name)).status_code == 201


async def test_over_a_slow_wire_no_change_is_lost_to_another(wired: Wired) -> None:
    made = await wired.add_student(a_name())
    place = f"/students/{made.json()['id']}"
    tag = (await wired.office.ask("GET", place)).headers["ETag"]
    wired.wire.delay = 0.15  # each way, so 300 ms there and back

    def rename(number: int) -> Any:
        return wired.office.ask("PATCH", place, json={"name": f"Name {number}"}, headers={"If-Match": tag})

    answers = await asyncio.gather(*map(rename, range(4)))
    wired.wire.delay = 0.0

    won = [answer.json()["name"] for answer in answers if answer.is_success]
    kept = await wired.office.done("GET", place)
    assert won == [kept["name"]], [answer.text for answer in answers]
    assert [answer.status_code for answer in answers].count(412) == 3
