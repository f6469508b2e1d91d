"""The captures that were given up, for the office."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from attendance_backend.access import allowed
from attendance_backend.domains.attendance.errors import PhotoGone
from attendance_backend.domains.attendance.queue.errors import CaptureNotGivenUp
from attendance_backend.domains.attendance.queue.schemas import CaptureProgress
from attendance_backend.domains.attendance.queue.service import QueueService
from attendance_backend.domains.identity.schemas import Caller, Permission
from attendance_backend.once import Once
from attendance_backend.paging import AskedPage, Page
from attendance_backend.provide import provided
from attendance_contract.errors import Problem
from attendance_kit.errors import NotFound, problem_responses

router = APIRouter(prefix="/api/v1/queue", tags=["attendance"])
Queue = Annotated[QueueService, Depends(provided(QueueService))]
Office = Annotated[Caller, allowed(Permission.MANAGE_SCHOOL)]


@router.get("/dead")
async def dead_captures(caller: Office, queue: Queue, page: AskedPage) -> Page[CaptureProgress]:
    """Photos that were given up since the ML service failed on each ten times, and why."""
    return await queue.dead(caller, page)


@router.post(
    "/dead/{capture_id}/requeue",
    response_model=CaptureProgress,
    responses=problem_responses(Problem, [NotFound, PhotoGone, CaptureNotGivenUp]),
)
async def requeue_capture(capture_id: str, caller: Office, queue: Queue, once: Once) -> Response:
    """Have a photo that was given up tried again. One that waits or is recognised by now stays as it is."""
    return await once(caller, lambda tx: queue.requeue(caller, capture_id, tx))
