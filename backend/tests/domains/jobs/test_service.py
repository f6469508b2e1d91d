"""Work that comes back by the clock."""

import asyncio
from datetime import timedelta

import pytest
from backend.tests.conftest import inside

from attendance_backend.adapters.mongo import Client
from attendance_backend.domains.jobs.flows import JobWorker
from attendance_backend.domains.jobs.repository import JobRepository
from attendance_backend.domains.jobs.schemas import Recurring
from attendance_backend.domains.jobs.service import JobService
from attendance_backend.ports.testing import START, ManualClock

HOURLY = timedelta(hours=1)


class Counted:
    """A job's step that counts, and fails when told."""

    def __init__(self) -> None:
        self.runs = 0
        self.fails = False

    async def __call__(self) -> None:
        self.runs += 1
        if self.fails:
            raise ZeroDivisionError


async def test_of_many_processes_one_does_a_job_each_time_it_is_due(mongo: Client, database_name: str) -> None:
    clock, step = ManualClock(), Counted()
    job = Recurring("count", HOURLY, step)
    processes = [JobService(JobRepository(mongo[database_name]), clock) for _ in range(4)]
    for process in processes:
        await process.declare(job)

    first = await asyncio.gather(*[process.run_if_due(job) for process in processes])
    again = [await process.run_if_due(job) for process in processes]
    clock.go_on(HOURLY)
    later = await asyncio.gather(*[process.run_if_due(job) for process in processes])

    assert (sorted(first), again, sorted(later)) == ([False] * 3 + [True], [False] * 4, [False] * 3 + [True])
    assert step.runs == 2


async def test_a_job_that_fails_says_with_what_and_comes_back(mongo: Client, database_name: str) -> None:
    clock, step = ManualClock(), Counted()
    job = Recurring("count", HOURLY, step)
    service = JobService(JobRepository(mongo[database_name]), clock)
    await service.declare(job)
    step.fails = True

    with pytest.raises(ZeroDivisionError):
        await service.run_if_due(job)
    failed = await mongo[database_name]["jobs"].find_one({"_id": "count"})
    step.fails = False
    clock.go_on(HOURLY)
    done = await service.run_if_due(job)
    mended = await mongo[database_name]["jobs"].find_one({"_id": "count"})

    assert failed is not None
    assert mended is not None
    assert (failed["last_error"], done, mended["last_error"]) == ("ZeroDivisionError", True, None)
    assert mended["last_at"] == START + HOURLY


async def test_the_loop_outlives_a_job_that_fails(environment: dict[str, str]) -> None:
    failing, counting, seen = Counted(), Counted(), asyncio.Event()
    failing.fails = True

    async def count() -> None:
        await counting()
        if counting.runs > 1:
            seen.set()

    async with inside(environment) as (services, _):
        worker = services.get(JobWorker)
        worker.add(Recurring("fail", timedelta(milliseconds=1), failing))
        worker.add(Recurring("count", timedelta(milliseconds=1), count))
        running = asyncio.create_task(worker.run())
        await asyncio.wait_for(seen.wait(), 30)
        running.cancel()

    assert failing.runs > 1
