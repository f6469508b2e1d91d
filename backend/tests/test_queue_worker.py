"""A worker that is told to stop: it ends what it has begun, unless that takes too long."""

import asyncio

import pytest

from attendance_backend import queue_worker
from attendance_backend.queue_worker import QueueWorker


class Piece:
    """Work that takes until it is let go on."""

    def __init__(self) -> None:
        self.begun, self.may_end = asyncio.Event(), asyncio.Event()
        self.outcomes: list[str] = []

    async def work(self) -> bool:
        self.begun.set()
        try:
            await self.may_end.wait()
        except asyncio.CancelledError:
            self.outcomes.append("broken off")
            raise
        self.outcomes.append("done")
        return True


async def stopped(worker: asyncio.Task[None]) -> bool:
    await asyncio.wait([worker], timeout=10)
    await asyncio.sleep(0)
    return worker.cancelled()


async def test_what_is_begun_is_ended_and_nothing_more_is_begun() -> None:
    piece = Piece()
    worker = asyncio.create_task(QueueWorker("some", piece.work, asyncio.Event()).run())
    await piece.begun.wait()

    worker.cancel()
    asyncio.get_running_loop().call_later(0.05, piece.may_end.set)

    assert await stopped(worker)
    assert piece.outcomes == ["done"]


async def test_what_takes_too_long_is_broken_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue_worker, "FINISH_SECONDS", 0.05)
    piece = Piece()
    worker = asyncio.create_task(QueueWorker("some", piece.work, asyncio.Event()).run())
    await piece.begun.wait()

    worker.cancel()

    assert await stopped(worker)
    assert piece.outcomes == ["broken off"]


async def test_one_that_only_waits_stops_at_once() -> None:
    async def nothing() -> bool:
        return False

    worker = asyncio.create_task(QueueWorker("some", nothing, asyncio.Event()).run())
    for _ in range(5):
        await asyncio.sleep(0)

    worker.cancel()

    assert await stopped(worker)
