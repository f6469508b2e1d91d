"""Work leaves the event loop free, waits in a bounded queue, and is dropped once nobody waits for it."""

import asyncio
import threading
import time

import pytest
from prometheus_client import CollectorRegistry

from attendance_ml.serving.deadlines import Deadline, DeadlineExceeded
from attendance_ml.serving.workers import Overloaded, Workers

NEVER = Deadline(None)


@pytest.fixture
def workers():
    pool = Workers(workers=1, queue=1, registry=CollectorRegistry())
    yield pool
    pool.close()


async def test_the_event_loop_runs_on_while_a_thread_works(workers: Workers) -> None:
    gate = threading.Event()
    call = asyncio.create_task(workers.run(gate.wait, NEVER))
    await asyncio.sleep(0)
    ticks = [await asyncio.sleep(0, tick) for tick in range(3)]
    assert not call.done()
    gate.set()
    assert (await call, ticks) == (True, [0, 1, 2])


async def test_beyond_the_queue_a_call_is_refused_with_a_time_to_come_back(workers: Workers) -> None:
    gate = threading.Event()
    calls = [asyncio.create_task(workers.run(gate.wait, NEVER)) for _ in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(Overloaded) as refused:
        await workers.run(gate.wait, NEVER)
    gate.set()
    assert await asyncio.gather(*calls) == [True, True]
    assert refused.value.headers == {"Retry-After": "1"}
    assert workers.inside == 0


async def test_work_whose_deadline_passed_in_the_queue_is_not_done(workers: Workers) -> None:
    gate, done = threading.Event(), []
    first = asyncio.create_task(workers.run(gate.wait, NEVER))
    await asyncio.sleep(0)
    late = asyncio.create_task(workers.run(lambda: done.append("late"), Deadline(time.monotonic())))
    gate.set()
    with pytest.raises(DeadlineExceeded):
        await late
    assert await first
    assert done == []


async def test_a_failure_reaches_the_caller_and_frees_the_place(workers: Workers) -> None:
    with pytest.raises(ZeroDivisionError):
        await workers.run(lambda: 1 // 0, NEVER)
    assert workers.inside == 0


async def test_a_caller_that_goes_away_keeps_its_place_until_the_work_is_done(workers: Workers) -> None:
    gate = threading.Event()
    call = asyncio.create_task(workers.run(gate.wait, NEVER))
    await asyncio.sleep(0)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    gate.set()
    assert await workers.run(lambda: "next", NEVER) == "next"
