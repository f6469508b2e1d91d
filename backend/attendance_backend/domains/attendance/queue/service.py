"""Tells what waits in the queue and what was given up, and has the latter tried again. It recognises nothing."""

from collections.abc import Sequence
from dataclasses import dataclass

from attendance_backend.domains.attendance.errors import PhotoGone
from attendance_backend.domains.attendance.queue.errors import CaptureNotGivenUp
from attendance_backend.domains.attendance.queue.repository import QueueRepository
from attendance_backend.domains.attendance.queue.schemas import Backlog, CaptureProgress, SessionProgress
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

    async def progress(self, caller: Caller, capture_ids: Sequence[str]) -> dict[str, CaptureProgress]:
        """How far these captures are; one that is not there is left out."""
        found = await self.queue.found(caller, "_id", capture_ids)
        return {capture.id: CaptureProgress.of(capture) for capture in found}

    async def session_progress(self, caller: Caller, session_ids: Sequence[str]) -> dict[str, SessionProgress]:
        """How far the photos of these sessions are."""
        by_session: dict[str, list[CaptureProgress]] = {session_id: [] for session_id in session_ids}
        for capture in await self.queue.found(caller, "session_id", session_ids):
            by_session[capture.session_id].append(CaptureProgress.of(capture))
        return {
            session_id: SessionProgress(session_id=session_id, waiting=sum(one.waits for one in some), captures=some)
            for session_id, some in by_session.items()
        }

    async def backlog(self, caller: Caller) -> Backlog:
        """The queue in numbers."""
        received, leased, dead = [await self.queue.at_most(caller, state) for state in (*WAITING, CaptureState.DEAD)]
        waiting = [moment for state in WAITING if (moment := await self.queue.oldest(caller, state))]
        return Backlog(received=received, leased=leased, dead=dead, oldest=min(waiting, default=None))
