"""Work in the background done by processes of its own, one of which dies in the middle of it."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator

import pytest
from backend.tests.conftest import Backend, Class, a_worker
from backend.tests.domains.attendance.test_flows_recognition import submit, until
from backend.tests.simulator import Simulator

from attendance_backend.adapters.mongo import Client
from attendance_backend.domains.attendance.schemas import CaptureState

PHOTOS = 6
PATIENCE = 60.0
WORK_SECONDS = 4.0
"""Long enough that both workers hold photos at one moment, and shorter than a lease."""


@pytest.fixture
def environment(environment: dict[str, str]) -> dict[str, str]:
    """The backend itself does nothing in the background."""
    return {**environment, "BACKGROUND_WORK": "false"}


@pytest.fixture
async def workers(backend: Backend) -> AsyncIterator[list[Backend]]:
    async with contextlib.AsyncExitStack() as running:
        yield [await running.enter_async_context(a_worker(backend, name)) for name in ("one", "another")]


def recognised_by(worker: Backend) -> list[str]:
    """The captures that a worker says it has recognised."""
    lines = [json.loads(line) for line in worker.output.splitlines() if '"capture_worked_on"' in line]
    return [line["capture_id"] for line in lines if line["state"] == CaptureState.RECOGNISED]


async def leased_again(mongo: Client, database: str) -> AsyncIterator[int]:
    """How many captures somebody holds, again and again."""
    while True:
        rows = mongo[database]["captures"].find({"state": CaptureState.LEASED}, {"_id": 1})
        yield len(await rows.to_list())
        await asyncio.sleep(0.02)


async def test_a_worker_killed_while_it_holds_photos_loses_none_and_doubles_none(
    a_class: Class, workers: list[Backend], simulator: Simulator, mongo: Client, database_name: str
) -> None:
    await simulator.stop()
    places = [(await submit(a_class, "ann", shot=shot))[1] for shot in range(PHOTOS)]
    simulator.switches.delay = WORK_SECONDS
    await simulator.start()
    # A worker holds two at most: of three leased at once each holds one.
    async with asyncio.timeout(PATIENCE):
        async for leased in leased_again(mongo, database_name):
            if leased >= 3:
                break
    workers[0].kill()
    simulator.switches.delay = 0.0

    shown = [await until(a_class.teacher, place, "recognised") for place in places]

    assert [[face["student_id"] for face in capture["faces"]] for capture in shown] == [[a_class.ann]] * PHOTOS
    by_each = [recognised_by(worker) for worker in workers]
    assert len(by_each[1]) == len(set(by_each[1])), "no photo twice by one"
    assert not set(by_each[0]) & set(by_each[1]), "no photo by both"
    register = await a_class.teacher.done("GET", f"/sessions/{a_class.session}/register")
    assert [capture["state"] for capture in register["captures"]] == ["recognised"] * PHOTOS
    assert [row["status"] for row in register["students"]] == ["present", "unmarked", "unmarked"]
