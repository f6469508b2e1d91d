"""Shows in the metrics how old the newest backups are, so that somebody is told where none are made any more."""

import asyncio
import math

import structlog
from prometheus_client import CollectorRegistry, Gauge

from attendance_backend.domains.backups.standing.service import StandingBackupService

log = structlog.stdlib.get_logger(__name__)
LOOK_SECONDS = 5.0


class BackupGauges:
    """Alike in every process that sees the same folders."""

    def __init__(self, registry: CollectorRegistry, service: StandingBackupService) -> None:
        self._service = service
        self._age = Gauge(
            "backup_age_seconds", "Age of the newest backup; infinite: there is none.", ["holds"], registry=registry
        )

    async def run(self) -> None:
        """Look again and again, until cancelled."""
        while True:
            try:
                await self._look()
            except OSError:  # a folder that is out of reach has no backup that anybody could use
                log.exception("backups_not_seen")
            await asyncio.sleep(LOOK_SECONDS)

    async def _look(self) -> None:
        for one in self._service.standing:
            age = await self._service.age(one)
            self._age.labels(one.holds).set(math.inf if age is None else max(0.0, age.total_seconds()))
