"""Shows in the metrics how old the newest backups are, so that somebody is told where none are made any more."""

import asyncio
import math

import structlog
from prometheus_client import CollectorRegistry, Gauge

from attendance_backend.domains.backups.standing.schemas import Standing
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
            for one in self._service.standing:
                self._age.labels(one.holds).set(await self._seconds(one))
            await asyncio.sleep(LOOK_SECONDS)

    async def _seconds(self, one: Standing) -> float:
        try:
            age = await self._service.age(one)
        except OSError as error:  # a folder that is out of reach has no backup that anybody could use
            log.warning("backups_not_seen", holds=one.holds, reason=str(error))
            age = None
        return math.inf if age is None else age.total_seconds()
