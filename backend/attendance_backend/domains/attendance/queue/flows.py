"""Shows the queue in the metrics: how much waits, since when, and how much was given up. It names nobody."""

import asyncio

import structlog
from prometheus_client import CollectorRegistry, Gauge

from attendance_backend.domains.attendance.queue.schemas import Backlog
from attendance_backend.domains.attendance.queue.service import QueueService
from attendance_backend.domains.identity.schemas import SYSTEM
from attendance_backend.ports.clock import Clock

log = structlog.stdlib.get_logger(__name__)
LOOK_SECONDS = 10.0
"""Somebody looks at the metrics every 15 s or so; five small queries each time are all that it costs."""


class BacklogGauges:
    """Metrics of the queue, alike in every process that looks at the same database."""

    def __init__(self, registry: CollectorRegistry, queue: QueueService, clock: Clock) -> None:
        self._queue, self._clock = queue, clock
        self._captures = Gauge(
            "captures_queued", "Photos in the queue, up to 1,000; dead: given up.", ["state"], registry=registry
        )
        self._oldest = Gauge(
            "captures_oldest_waiting_seconds", "Age of the photo that waits longest; 0: none.", registry=registry
        )

    async def run(self) -> None:
        """Look again and again, until cancelled."""
        while True:
            try:
                self._show(await self._queue.backlog(SYSTEM))
            except Exception:  # the loop outlives whatever a moment without a database brings
                log.exception("backlog_not_seen")
            await asyncio.sleep(LOOK_SECONDS)

    def _show(self, backlog: Backlog) -> None:
        for state in ("received", "leased", "dead"):
            self._captures.labels(state).set(getattr(backlog, state))
        waits = (self._clock.now() - backlog.oldest).total_seconds() if backlog.oldest else 0.0
        self._oldest.set(max(0.0, waits))
