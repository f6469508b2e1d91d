"""The loop that does jobs when they are due. It outlives whatever one of them brings."""

import asyncio

import structlog

from attendance_backend.domains.jobs.schemas import Recurring
from attendance_backend.domains.jobs.service import JobService

log = structlog.stdlib.get_logger(__name__)
LONGEST_SLEEP = 5.0
"""Seconds between two looks at what is due, at most."""


class JobWorker:
    """Does the jobs of this process, one after the other. They are added before it runs."""

    def __init__(self, service: JobService) -> None:
        self._service = service
        self._jobs: list[Recurring] = []

    def add(self, job: Recurring) -> None:
        self._jobs.append(job)

    async def run(self) -> None:
        """Work until cancelled."""
        pause = min([LONGEST_SLEEP, *(job.every.total_seconds() for job in self._jobs)])
        declared: set[str] = set()
        while True:
            for job in self._jobs:
                await self._try(job, declared)
            await asyncio.sleep(pause)

    async def _try(self, job: Recurring, declared: set[str]) -> None:
        try:
            if job.name not in declared:
                await self._service.declare(job)
                declared.add(job.name)
            await self._service.run_if_due(job)
        except Exception:  # the loop outlives whatever one job or one moment without a database brings
            log.exception("job_failed", job=job.name)
