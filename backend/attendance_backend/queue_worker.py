"""Working off a queue kept in the database: the loop, and the lease. It knows neither the queue nor the work."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

import structlog

log = structlog.stdlib.get_logger(__name__)
POLL_SECONDS = 1.0
"""What another process left behind, or what is tried again later, is found after so long at the latest."""
FINISH_SECONDS = 3.0
"""A worker that is to stop ends what it works on, if that takes no longer; a photo takes a tenth of it. What is broken
off waits for its lease to run out."""


@contextlib.asynccontextmanager
async def renewing(every: float, renew: Callable[[], Awaitable[bool]]) -> AsyncIterator[asyncio.Event]:
    """Renew a lease every so many seconds while the work inside goes on.

    The event is cleared when the lease is ours no longer.
    """
    working = asyncio.Event()
    working.set()

    async def keep() -> None:
        while working.is_set():
            await asyncio.sleep(every)
            if not await renew():
                working.clear()

    renewal = asyncio.create_task(keep())
    try:
        yield working
    finally:
        renewal.cancel()


class QueueWorker:
    """Works off what nobody waits for. Several may run, in one process or many.

    Args:
        name: of the queue, for the log.
        work_on_one: does the work that is longest due; False: there was none.
        leftover: set when something waits in the queue.
    """

    def __init__(self, name: str, work_on_one: Callable[[], Awaitable[bool]], leftover: asyncio.Event) -> None:
        self._name = name
        self._work_on_one = work_on_one
        self._leftover = leftover

    async def run(self) -> None:
        """Work until cancelled, and then end what is begun."""
        while True:
            self._leftover.clear()
            if not await self._whole():
                # Not by `wait_for`, which in Python 3.11 can lose the cancellation that ends this loop (bpo-42130).
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(POLL_SECONDS):
                        await self._leftover.wait()

    async def _whole(self) -> bool:
        work = asyncio.create_task(self._try())
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            await asyncio.wait([work], timeout=FINISH_SECONDS)
            work.cancel()
            await asyncio.wait([work])
            raise

    async def _try(self) -> bool:
        try:
            return await self._work_on_one()
        except Exception:  # the loop outlives whatever one piece of work or one moment without a database brings
            log.exception("worker_failed", queue=self._name)
            return False
