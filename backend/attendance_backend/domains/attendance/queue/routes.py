"""The captures that were given up, for the office; and how far captures are, for whoever took them."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends, Response
from fastapi.sse import EventSourceResponse, ServerSentEvent

from attendance_backend.access import Again, allowed, allowed_still
from attendance_backend.domains.attendance.errors import PhotoGone
from attendance_backend.domains.attendance.queue.errors import CaptureNotGivenUp
from attendance_backend.domains.attendance.queue.schemas import CaptureProgress
from attendance_backend.domains.attendance.queue.service import QueueService
from attendance_backend.domains.attendance.service import CaptureService, SessionService
from attendance_backend.domains.identity.schemas import Caller, Permission
from attendance_backend.once import Once
from attendance_backend.paging import AskedPage, Page
from attendance_backend.progress import Check, Progress
from attendance_backend.provide import provided
from attendance_contract.errors import Problem
from attendance_kit.errors import NotFound, problem_responses

router = APIRouter(prefix="/api/v1", tags=["attendance"])
Queue = Annotated[QueueService, Depends(provided(QueueService))]
Watching = Annotated[Progress, Depends(provided(Progress))]
Captures = Annotated[CaptureService, Depends(provided(CaptureService))]
Sessions = Annotated[SessionService, Depends(provided(SessionService))]
Taker = Annotated[Caller, allowed(Permission.TAKE_ATTENDANCE)]
Still = Annotated[Again, allowed_still(Permission.TAKE_ATTENDANCE)]
Office = Annotated[Caller, allowed(Permission.MANAGE_SCHOOL)]


@router.get("/queue/dead")
async def dead_captures(caller: Office, queue: Queue, page: AskedPage) -> Page[CaptureProgress]:
    """Photos that were given up since the ML service failed on each ten times, and why."""
    return await queue.dead(caller, page)


@router.post(
    "/queue/dead/{capture_id}/requeue",
    response_model=CaptureProgress,
    responses=problem_responses(Problem, [NotFound, PhotoGone, CaptureNotGivenUp]),
)
async def requeue_capture(capture_id: str, caller: Office, queue: Queue, once: Once) -> Response:
    """Have a photo that was given up tried again. One that waits or is recognised by now stays as it is."""
    return await once(caller, lambda tx: queue.requeue(caller, capture_id, tx))


async def _capture_in_reach(capture_id: str, caller: Taker, still: Still, captures: Captures) -> Check:
    """Looks for a capture before its stream begins, and again while it lasts."""

    async def check() -> None:
        await captures.capture(await still(), capture_id)

    await captures.capture(caller, capture_id)
    return check


async def _session_in_reach(session_id: str, caller: Taker, still: Still, sessions: Sessions) -> Check:
    """As `_capture_in_reach`, of a session."""

    async def check() -> None:
        await sessions.session(await still(), session_id)

    await sessions.session(caller, session_id)
    return check


@router.get(
    "/captures/{capture_id}/events",
    response_class=EventSourceResponse,
    responses=problem_responses(Problem, [NotFound]),
)
async def capture_events(
    capture_id: str, check: Annotated[Check, Depends(_capture_in_reach)], watching: Watching
) -> AsyncIterator[ServerSentEvent]:
    """How far a photo is: `progress` with a `CaptureProgress` now and at every change, `over` at the end."""
    async for event in watching.events("captures", capture_id, check):
        yield event


@router.get(
    "/sessions/{session_id}/events",
    response_class=EventSourceResponse,
    responses=problem_responses(Problem, [NotFound]),
)
async def session_events(
    session_id: str, check: Annotated[Check, Depends(_session_in_reach)], watching: Watching
) -> AsyncIterator[ServerSentEvent]:
    """How far the photos of a session are: as for one, with a `SessionProgress`; over once none waits."""
    async for event in watching.events("sessions", session_id, check):
        yield event
