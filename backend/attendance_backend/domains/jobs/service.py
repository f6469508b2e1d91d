"""Says whose turn a job is, and keeps how it ended. What the job does is the business of its own domain.

A clock that is set back would leave what waits waiting for that much longer: it is found and made due.
"""

from collections.abc import Iterable

import structlog

from attendance_backend.domains.identity.schemas import SYSTEM
from attendance_backend.domains.jobs.repository import JobRepository
from attendance_backend.domains.jobs.schemas import Job, Queue, Recurring
from attendance_backend.ports.clock import Clock

log = structlog.stdlib.get_logger(__name__)


class JobService:
    def __init__(self, jobs: JobRepository, clock: Clock) -> None:
        self._jobs = jobs
        self._clock = clock

    async def declare(self, job: Recurring) -> None:
        """Make a job known; a new one is due at once."""
        await self._jobs.declare(SYSTEM, Job(id=job.name, due=self._clock.now()))

    async def run_if_due(self, job: Recurring) -> bool:
        """Whether the job was due here and was done. Its error is kept by its type alone, and raised.

        Of many processes one does it. When that one dies the job is simply due again next time.
        """
        now = self._clock.now()
        if not await self._jobs.take(SYSTEM, job.name, now, now + job.every):
            return False
        try:
            await job.step()
        except Exception as error:
            await self._jobs.settle(SYSTEM, job.name, {"last_error": type(error).__name__})
            raise
        await self._jobs.settle(SYSTEM, job.name, {"last_at": now, "last_error": None})
        return True

    async def bring_back(self, queues: Iterable[Queue]) -> None:
        """Make due what was put off by the time before a clock was set back."""
        for queue in queues:
            if found := await self._jobs.bring_back(SYSTEM, queue, self._clock.now()):
                log.warning("clock_was_set_back", queue=queue.collection, brought_back=found)
