"""A whole school changes its model while a class is photographed: cancelled half way, its worker killed, rolled back.

40 students stand for the school; `REEMBEDDED=1000` takes so many.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from datetime import timedelta

import pytest
from backend.tests.conftest import Backend
from backend.tests.domains.attendance.school import OFFICE, School, a_school
from backend.tests.domains.reembeddings.story import Change
from backend.tests.simulator import MODEL, NEXT_MODEL

from attendance_backend.adapters.mongo import Client
from attendance_backend.domains.people.schemas import NewStudent
from attendance_backend.domains.people.service import PeopleService
from attendance_backend.domains.reembeddings.schemas import Reembedding, RunState
from attendance_backend.ports.clock import SystemClock
from attendance_backend.ports.store import Transaction
from attendance_backend.ports.testing import ManualClock

STUDENTS = int(os.environ.get("REEMBEDDED", "40"))
CLASS = 12
AT_ONCE = 4
PATIENCE = 1500.0


@pytest.fixture
async def change(environment: dict[str, str], mongo: Client, database_name: str) -> AsyncIterator[Change]:
    """A school that keeps photos and has two of each student; one class of it has lessons."""
    # A day ahead of the worker, which therefore leaves to the test the photos that the test sends.
    clock = ManualClock(SystemClock().now() + timedelta(days=1))
    async with a_school(environment, CLASS, clock=clock) as school:
        made = Change(school, mongo, database_name)
        await made.keep_photos()
        await _others(school)
        free = asyncio.Semaphore(AT_ONCE)

        async def enrol(number: int) -> None:
            async with free:
                await made.enrol(number, 1, 2)

        await asyncio.gather(*[enrol(number) for number in range(STUDENTS)])
        yield made


async def _others(school: School) -> None:
    """Those who are in no class."""
    people = school.services.get(PeopleService)
    for number in range(CLASS, STUDENTS):
        new = NewStudent(roll_number=f"O-{number}", name=f"Student {number}")

        async def create(tx: Transaction, new: NewStudent = new) -> str:
            return (await people.create(OFFICE, new, tx)).id

        school.students.append(await school.transactions.run(create))


@pytest.fixture
async def worker(program: Backend) -> AsyncIterator[Backend]:
    """Works in the background, and is started by the test."""
    program.serves = "work"
    yield program
    if program.processes and program.processes[-1].poll() is None:
        program.stop()


async def told(worker: Backend, *asked: str) -> str:
    """What the command says."""
    done = await asyncio.to_thread(worker.command, "reembed", *asked)
    assert done.returncode == 0, done.stderr
    return done.stdout


async def until(change: Change, enough: Callable[[Reembedding], bool]) -> Reembedding:
    async with asyncio.timeout(PATIENCE):
        while True:
            run = await change.runs.open(OFFICE)
            assert run is not None
            if enough(run):
                return run
            await asyncio.sleep(0.02)


async def lessons(change: Change, session: str, taken: list[str]) -> None:
    """Photograph the class again and again; everybody is named each time."""
    while True:
        numbers = [(len(taken) + step) % CLASS for step in range(3)]
        model, names = await change.named(session, *numbers, shot=100 + len(taken))
        assert names == {change.school.students[number] for number in numbers}
        taken.append(model)
        await asyncio.sleep(0.2)


@pytest.mark.timeout(PATIENCE)
async def test_a_school_changes_its_model_while_attendance_goes_on(
    change: Change, worker: Backend, record_property: Callable[[str, object], None]
) -> None:
    session, taken = (await change.school.open()).id, list[str]()
    attendance = asyncio.create_task(lessons(change, session, taken))
    await worker.start()
    await told(worker, "start", NEXT_MODEL)

    half = await until(change, lambda run: run.done >= STUDENTS // 2)
    worker.kill()
    assert half.state is RunState.RUNNING
    assert "cancelled" in await told(worker, "cancel")
    cancelled = await change.runs.found(OFFICE, half.id)
    await worker.start()
    assert await change.runs.found(OFFICE, half.id) == cancelled, "nobody works on it"
    assert f"{NEXT_MODEL}: running" in await told(worker, "resume")
    run = await until(change, lambda run: run.state is RunState.READY)

    assert (run.students, run.done, run.missing, run.fewer) == (STUDENTS, STUDENTS, 0, 0)
    assert (run.before.students, run.now.students) == (STUDENTS, STUDENTS)
    assert await change.photos_by_model() == {MODEL: 2 * STUDENTS, NEXT_MODEL: 2 * STUDENTS}
    assert set(taken) == {MODEL}
    await told(worker, "switch")
    assert (await change.named(session, 0, 1, shot=50))[0] == NEXT_MODEL
    await told(worker, "roll-back")
    assert (await change.named(session, 0, 1, shot=51))[0] == MODEL
    assert not attendance.done()
    attendance.cancel()
    await asyncio.gather(attendance, return_exceptions=True)
    record_property("students changed", STUDENTS)
    record_property("class photos recognised meanwhile", len(taken))
