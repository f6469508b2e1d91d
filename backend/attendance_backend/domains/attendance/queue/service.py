"""Tells what waits in the queue and what was given up, and has the latter tried again. It recognises nothing."""

from dataclasses import dataclass

from attendance_backend.domains.attendance.errors import PhotoGone
from attendance_backend.domains.attendance.queue.errors import CaptureNotGivenUp
from attendance_backend.domains.attendance.queue.repository import QueueRepository
from attendance_backend.domains.attendance.queue.schemas import Backlog, CaptureProgress
from attendance_backend.domains.attendance.repository import WAITING
from attendance_backend.domains.attendance.schemas import CaptureState
from attendance_backend.domains.attendance.service import CaptureService
from attendance_backend.domains.audit.service import AuditService
from attendance_backend.domains.identity.schemas import Caller
from attendance_backend.paging import Page, PageRequest
from attendance_backend.ports.clock import Clock
from attendance_backend.ports.store import Transaction


@dataclass(frozen=True)
class QueueService:
    queue: QueueRepository
    captures: CaptureService
    audit: AuditService
    clock: Clock

    async def dead(self, caller: Caller, page: PageRequest) -> Page[CaptureProgress]:
        """The captures that were given up, those that came in first at the beginning."""
        return (await self.queue.page(caller, CaptureState.DEAD, page)).map(CaptureProgress.of)

    async def requeue(self, caller: Caller, capture_id: str, tx: Transaction) -> CaptureProgress:
        """Have a capture that was given up tried again; one that waits or is recognised stays as it is.

        Raises:
            NotFound: there is none of this id.
            PhotoGone: it was erased.
            CaptureNotGivenUp: the photo can't be used, however often it is tried.
        """
        capture = await self.captures.capture(caller, capture_id, tx)
        if capture.erased_at:
            raise PhotoGone
        if capture.state is CaptureState.FAILED:
            raise CaptureNotGivenUp
        if await self.queue.requeue(caller, capture, self.clock.now(), tx):
            details = {"capture": capture.id, "error_code": capture.error_code or ""}
            await self.audit.note(caller, "capture requeued", capture.session_id, details, tx)
        return CaptureProgress.of(await self.captures.capture(caller, capture_id, tx))

    async def backlog(self, caller: Caller) -> Backlog:
        """The queue in numbers."""
        received, leased, dead = [await self.queue.at_most(caller, state) for state in (*WAITING, CaptureState.DEAD)]
        waiting = [moment for state in WAITING if (moment := await self.queue.oldest(caller, state))]
        return Backlog(received=received, leased=leased, dead=dead, oldest=min(waiting, default=None))
