"""Codes of sessions for teachers, check-ins for students."""

import hashlib
import secrets
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from attendance_backend.access import allowed
from attendance_backend.browser import Cookie
from attendance_backend.domains.attendance.errors import SessionNotOpen
from attendance_backend.domains.codes.errors import (
    CodeRefused,
    FaceNotMatched,
    FaceTooLate,
    NoCodeShown,
    NoFaceEnrolled,
    TriesUsedUp,
)
from attendance_backend.domains.codes.flows import CheckInFlows, CodeFlows, OpenCodeFlows
from attendance_backend.domains.codes.schemas import (
    CheckInView,
    NewCheckIn,
    NewCode,
    OpenCheckIn,
    SeenCheckIn,
    ShownCode,
)
from attendance_backend.domains.identity.schemas import Caller, Permission
from attendance_backend.domains.replay.schemas import FirstAnswer
from attendance_backend.once import Once, answer_of
from attendance_backend.paging import AskedPage, Page
from attendance_backend.ports.faces import MlAnswerInvalid, MlUnavailable, PhotoRefused
from attendance_backend.provide import provided
from attendance_backend.uploads import image_docs, read_images
from attendance_contract.errors import Problem
from attendance_kit.errors import NotFound, ServiceError, problem_responses

router = APIRouter(prefix="/api/v1", tags=["codes"])
Codes = Annotated[CodeFlows, Depends(provided(CodeFlows))]
CheckIns = Annotated[CheckInFlows, Depends(provided(CheckInFlows))]
OpenCodes = Annotated[OpenCodeFlows, Depends(provided(OpenCodeFlows))]
Taker = Annotated[Caller, allowed(Permission.TAKE_ATTENDANCE)]
Student = Annotated[Caller, allowed(Permission.CHECK_IN)]
DEVICE = "attendance-check-in"
DEVICE_LIFETIME = timedelta(hours=12)
"""A school day: longer would tell a phone that was sold from one that is lent."""
MADE = 201
FACE_FAILURES: list[type[ServiceError]] = [
    NotFound,
    FaceTooLate,
    FaceNotMatched,
    NoFaceEnrolled,
    SessionNotOpen,
    MlUnavailable,
    MlAnswerInvalid,
    *PhotoRefused.__subclasses__(),
]


@router.put(
    "/sessions/{session_id}/code",
    response_model=ShownCode,
    responses=problem_responses(Problem, [NotFound, SessionNotOpen]),
)
async def start_code(session_id: str, new: NewCode, caller: Taker, codes: Codes, once: Once) -> Response:
    """Show a code for the session; starting it again makes what was shown before invalid."""
    return await once(caller, lambda tx: codes.start(caller, session_id, new, tx))


@router.get("/sessions/{session_id}/code", responses=problem_responses(Problem, [NotFound, NoCodeShown]))
async def shown_code(session_id: str, caller: Taker, codes: Codes) -> ShownCode:
    return await codes.show(caller, session_id)


@router.delete("/sessions/{session_id}/code", status_code=204, responses=problem_responses(Problem, [NotFound]))
async def stop_code(session_id: str, caller: Taker, codes: Codes, once: Once) -> Response:
    return await once(caller, lambda tx: codes.stop(caller, session_id, tx))


@router.get("/sessions/{session_id}/check-ins", responses=problem_responses(Problem, [NotFound]))
async def check_ins(session_id: str, caller: Taker, codes: Codes, page: AskedPage) -> Page[SeenCheckIn]:
    """Who checked in by code, and who did so on a device that others used too."""
    return await codes.page(caller, session_id, page)


@router.get("/check-ins/open")
async def open_check_ins(caller: Student, flows: OpenCodes, page: AskedPage) -> Page[OpenCheckIn]:
    """The caller's sessions of today whose class is shown a code now, so that only digits are left to type."""
    return await flows.page(caller, page)


@router.post(
    "/check-ins",
    status_code=MADE,
    response_model=CheckInView,
    responses=problem_responses(Problem, [NotFound, CodeRefused, TriesUsedUp, SessionNotOpen]),
)
async def check_in(
    given: NewCheckIn, request: Request, caller: Student, flows: CheckIns, once: Once, cookie: Cookie
) -> Response:
    """Check in with the code that the class is shown: the caller is the student, nobody can for somebody else."""
    device = request.cookies.get(DEVICE) or secrets.token_urlsafe(16)

    entry = await flows.prepare(caller, given, _digest(device))
    answer = await once(caller, lambda tx: flows.check_in(caller, entry, tx))
    seconds = int(DEVICE_LIFETIME.total_seconds())
    answer.set_cookie(DEVICE, device, max_age=seconds, secure=cookie.secure, httponly=True, samesite="strict")
    return answer


@router.put(
    "/check-ins/{check_in_id}/face",
    response_model=CheckInView,
    responses=problem_responses(Problem, FACE_FAILURES),
    openapi_extra=image_docs("image", 1),
)
async def show_face(check_in_id: str, request: Request, caller: Student, flows: CheckIns, once: Once) -> Response:
    """Prove by a photo of one's own face that it is oneself who checked in. The photo is not kept."""
    (photo,) = await read_images(request, "image", 1)

    async def show() -> FirstAnswer:
        return answer_of(await flows.show_face(caller, check_in_id, photo), 200)

    return await once.around(caller, photo, show)


def _digest(device: str) -> str:
    return hashlib.sha256(device.encode()).hexdigest()
