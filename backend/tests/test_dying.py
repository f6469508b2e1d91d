"""Two backends, one of which dies or stands still in the middle of a transaction: the other need not wait for long."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from urllib.parse import urlsplit

import httpx2
import pytest
from backend.tests.conftest import Backend, Class, Person, another
from backend.tests.proxy import Moment, Proxy, running_proxy

PATIENCE = 45.0
"""Less than the minute after which the database itself gives up what a dead process left open."""


@pytest.fixture
async def wire(mongodb_uri: str) -> AsyncIterator[Proxy]:
    """Between the backend and its database."""
    async with running_proxy(urlsplit(mongodb_uri).port or 27017) as made:
        yield made


@pytest.fixture
def environment(environment: dict[str, str], wire: Proxy) -> dict[str, str]:
    uri = f"mongodb://127.0.0.1:{wire.port}/?directConnection=true"
    return {**environment, "MONGODB_URI": uri, "BACKGROUND_WORK": "false"}


@pytest.fixture
async def other(backend: Backend, mongodb_uri: str, a_class: Class) -> AsyncIterator[Person]:
    """The teacher of the class at another backend, which reaches the database without the wire."""
    async with another(backend, "other", MONGODB_URI=mongodb_uri) as second:
        second.http.timeout = PATIENCE
        yield Person(second.http, a_class.teacher.token)


def mark(who: Person, a_class: Class, student: str) -> asyncio.Task[httpx2.Response]:
    path, headers = f"/sessions/{a_class.session}/marks/{student}", {"Idempotency-Key": f"mark-{student}"}
    return asyncio.create_task(who.ask("PUT", path, json={"status": "present"}, headers=headers))


async def marked_in_the_middle(a_class: Class, wire: Proxy, then: Callable[[], None]) -> asyncio.Task[httpx2.Response]:
    """A student whom the first backend is about to mark: its commit is on the way and does not get there."""
    reached = asyncio.Event()

    def happen() -> None:
        wire.speaks.clear()
        then()
        reached.set()

    wire.moment = Moment([a_class.ann.encode(), b"commitTransaction"], happen)
    asked = mark(a_class.teacher, a_class, a_class.ann)
    async with asyncio.timeout(PATIENCE):
        await reached.wait()
    return asked


async def what_is_kept(a_class: Class, who: Person) -> tuple[int, list[str]]:
    """How often the session was changed, and the status of each student."""
    register = await who.done("GET", f"/sessions/{a_class.session}/register")
    return register["session"]["version"], [row["status"] for row in register["students"]]


async def test_what_a_killed_backend_held_the_other_writes_soon(
    a_class: Class, backend: Backend, other: Person, wire: Proxy
) -> None:
    version, _ = await what_is_kept(a_class, other)
    asked = await marked_in_the_middle(a_class, wire, backend.kill)

    by_the_other = await mark(other, a_class, a_class.ben)
    before = await what_is_kept(a_class, other)
    again = await mark(other, a_class, a_class.ann)
    after = await what_is_kept(a_class, other)

    assert isinstance((await asyncio.gather(asked, return_exceptions=True))[0], httpx2.TransportError)
    assert (by_the_other.status_code, before) == (200, (version + 1, ["unmarked", "present", "unmarked"]))
    assert (again.status_code, after) == (200, (version + 2, ["present", "present", "unmarked"]))


async def test_a_backend_that_only_stood_still_does_once_what_it_was_at(
    a_class: Class, backend: Backend, other: Person, wire: Proxy
) -> None:
    pid = backend.processes[-1].pid
    backend.http.timeout = PATIENCE
    version, _ = await what_is_kept(a_class, other)
    asked = await marked_in_the_middle(a_class, wire, lambda: os.kill(pid, signal.SIGSTOP))

    by_the_other = await mark(other, a_class, a_class.ben)
    before = await what_is_kept(a_class, other)
    wire.speaks.set()
    os.kill(pid, signal.SIGCONT)
    late = await asked
    after = await what_is_kept(a_class, a_class.teacher)
    await asyncio.to_thread(backend.stop)  # meanwhile the wire has to pass on what it says

    assert (by_the_other.status_code, before) == (200, (version + 1, ["unmarked", "present", "unmarked"]))
    assert (late.status_code, after) == (200, (version + 2, ["present", "present", "unmarked"]))
