"""Work leaves the event loop free, and is dropped once nobody waits for it."""

import asyncio
import threading
import time

import pytest
from prometheus_client import CollectorRegistry

from attendance_ml.faces.stages import Stage, stage
from attendance_ml.serving.deadlines import Deadline, DeadlineExceeded, Presence
from attendance_ml.serving.watching import WorkMetrics
from attendance_ml.serving.workers import Workers

NEVER = Deadline(None)


@pytest.fixture
def registry():
    return CollectorRegistry()


@pytest.fixture
def workers(registry):
    pool = Workers(1, WorkMetrics(registry))
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


async def test_work_whose_deadline_passed_in_the_queue_is_not_done(
    workers: Workers, registry: CollectorRegistry
) -> None:
    gate, done = threading.Event(), []
    first = asyncio.create_task(workers.run(gate.wait, NEVER))
    await asyncio.sleep(0)
    late = asyncio.create_task(workers.run(lambda: done.append("late"), Deadline(time.monotonic())))
    gate.set()
    with pytest.raises(DeadlineExceeded):
        await late
    assert await first
    assert done == []
    assert registry.get_sample_value("ml_dropped_total", {"stage": "queue"}) == 1


async def test_work_whose_caller_goes_away_ends_at_the_next_stage(
    workers: Workers, registry: CollectorRegistry
) -> None:
    presence, reached = Presence(), []

    def work() -> None:
        for name in (Stage.DECODE, Stage.DETECT):
            with stage(name):
                reached.append(name)
            presence.is_over = True

    with pytest.raises(DeadlineExceeded):
        await workers.run(work, Deadline(None, presence))
    assert reached == [Stage.DECODE]
    assert registry.get_sample_value("ml_dropped_total", {"stage": "detect"}) == 1
    assert registry.get_sample_value("ml_stage_seconds_count", {"stage": "decode"}) == 1


async def test_a_failure_reaches_the_caller_and_the_next_one_is_served(workers: Workers) -> None:
    with pytest.raises(ZeroDivisionError):
        await workers.run(lambda: 1 // 0, NEVER)
    assert await workers.run(lambda: "next", NEVER) == "next"


async def test_a_caller_that_is_cancelled_does_not_stop_the_next_one(workers: Workers) -> None:
    gate = threading.Event()
    call = asyncio.create_task(workers.run(gate.wait, NEVER))
    await asyncio.sleep(0)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    gate.set()
    assert await workers.run(lambda: "next", NEVER) == "next"
