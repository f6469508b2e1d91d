"""Sessions, captures and registers."""

import datetime as dt
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response

from attendance_backend.access import allowed
from attendance_backend.domains.attendance.errors import (
    CaptureNotRecognised,
    PhotoGone,
    PhotoNotViewableYet,
    SessionExists,
    SessionLocked,
    SessionNotClosed,
    SessionNotOpen,
    StudentNotOnRoster,
)
from attendance_backend.domains.attendance.flows import AttendanceFlows, RecognitionFlows
from attendance_backend.domains.attendance.registers.flows import RegisterFlows
from attendance_backend.domains.attendance.schemas import (
    CaptureView,
    Closed,
    NewDecision,
    NewMark,
    NewSession,
    NewSessions,
    OpenedSessions,
    Register,
    RegisterRow,
    RollCall,
    RolledCall,
    SessionOverview,
    SessionView,
)
from attendance_backend.domains.attendance.service import CaptureService, SessionService
from attendance_backend.domains.identity.schemas import Caller, Permission
from attendance_backend.domains.replay.schemas import FirstAnswer
from attendance_backend.domains.timetable.service import UnknownRoom
from attendance_backend.once import Once, answer_of
from attendance_backend.paging import AskedPage, Page
from attendance_backend.ports.faces import PhotoRefused
from attendance_backend.ports.photos import PHOTOS_AWAY, PhotosUnavailable
from attendance_backend.ports.store import Transaction
from attendance_backend.provide import provided
from attendance_backend.spreadsheet import attachment
from attendance_backend.uploads import image_docs, read_images
from attendance_backend.versions import Expected, VersionConflict, tag
from attendance_contract.errors import Problem
from attendance_kit.errors import NotFound, problem_responses

router = APIRouter(prefix="/api/v1", tags=["attendance"])
Flows = Annotated[AttendanceFlows, Depends(provided(AttendanceFlows))]
Registers = Annotated[RegisterFlows, Depends(provided(RegisterFlows))]
Recognition = Annotated[RecognitionFlows, Depends(provided(RecognitionFlows))]
Sessions = Annotated[SessionService, Depends(provided(SessionService))]
Captures = Annotated[CaptureService, Depends(provided(CaptureService))]
Taker = Annotated[Caller, allowed(Permission.TAKE_ATTENDANCE)]
FaceIndex = Annotated[int, Path(ge=0)]
Office = Annotated[Caller, allowed(Permission.MANAGE_SCHOOL)]
PENDING = 202


@router.post(
    "/sessions",
    status_code=201,
    response_model=SessionView,
    responses=problem_responses(Problem, [NotFound, SessionExists, UnknownRoom]),
)
async def open_session(new: NewSession, caller: Taker, flows: Flows, once: Once) -> Response:
    return await once(caller, lambda tx: flows.open(caller, new, tx))


@router.post(
    "/sessions/bulk",
    status_code=201,
    response_model=OpenedSessions,
    responses=problem_responses(Problem, [NotFound, SessionExists, UnknownRoom]),
)
async def open_sessions(new: NewSessions, caller: Taker, flows: Flows, once: Once) -> Response:
    """Open many sessions at once, all or none."""
    return await once(caller, lambda tx: flows.open_many(caller, new, tx))


@router.get("/sessions")
async def sessions(
    caller: Taker,
    kept: Sessions,
    page: AskedPage,
    subject_id: str | None = None,
    date: dt.date | None = None,
) -> Page[SessionView]:
    asked = {"subject_id": subject_id, "date": date and date.isoformat()}
    wanted = {name: value for name, value in asked.items() if value}
    return (await kept.page(caller, wanted, page)).map(SessionView.model_validate)


@router.get("/sessions/overview")
async def day_overview(
    caller: Taker, registers: Registers, page: AskedPage, date: dt.date | None = None
) -> Page[SessionOverview]:
    """A day's sessions with their registers in numbers; today's, in the institution's time zone, unless told."""
    return await registers.overview(caller, date, page)


@router.get("/sessions/{session_id}", responses=problem_responses(Problem, [NotFound]))
async def session(session_id: str, caller: Taker, kept: Sessions) -> SessionView:
    return SessionView.model_validate(await kept.session(caller, session_id))


@router.post(
    "/sessions/{session_id}/captures",
    response_model=CaptureView,
    responses={
        PENDING: {"model": CaptureView, "description": "Kept; recognition will follow. `Location` tells its state."},
        **problem_responses(Problem, [NotFound, SessionNotOpen, *PHOTOS_AWAY, *PhotoRefused.__subclasses__()]),
    },
    openapi_extra=image_docs("image", 1),
)
async def submit_capture(
    session_id: str, request: Request, caller: Taker, recognition: Recognition, once: Once
) -> Response:
    (photo,) = await read_images(request, "image", 1)

    async def submit() -> FirstAnswer:
        capture = await recognition.submit(caller, session_id, photo)
        location = {"Location": f"{router.prefix}/captures/{capture.id}"}
        return answer_of(capture, PENDING if capture.pending else 200, location)

    return await once.around(caller, photo, submit)


@router.get("/captures/{capture_id}", responses=problem_responses(Problem, [NotFound]))
async def capture(capture_id: str, caller: Taker, flows: Flows) -> CaptureView:
    return await flows.capture(caller, capture_id)


@router.delete(
    "/captures/{capture_id}",
    status_code=204,
    responses=problem_responses(Problem, [NotFound, SessionNotOpen, PhotosUnavailable]),
)
async def remove_capture(capture_id: str, caller: Taker, flows: Flows, captures: Captures, once: Once) -> Response:
    answer = await once(caller, lambda tx: flows.remove_capture(caller, capture_id, tx))
    await captures.drop_photo(capture_id)
    return answer


@router.get(
    "/captures/{capture_id}/photo",
    response_class=Response,
    responses={
        200: {"content": {"image/*": {}}},
        **problem_responses(Problem, [NotFound, PhotoNotViewableYet, PhotoGone, *PHOTOS_AWAY]),
    },
)
async def capture_photo(capture_id: str, caller: Taker, captures: Captures) -> Response:
    found = await captures.capture(caller, capture_id)
    shown = await captures.shown_photo(found)
    return Response(shown.content, media_type=shown.media_type)


@router.put(
    "/captures/{capture_id}/faces/{face_index}",
    response_model=CaptureView,
    responses=problem_responses(
        Problem, [NotFound, CaptureNotRecognised, SessionNotOpen, StudentNotOnRoster, VersionConflict]
    ),
)
async def decide_face(
    capture_id: str,
    face_index: FaceIndex,
    given: NewDecision,
    caller: Taker,
    flows: Flows,
    once: Once,
    expected: Expected,
) -> Response:
    return await once(caller, lambda tx: flows.decide(caller, capture_id, face_index, given, expected, tx))


@router.get("/sessions/{session_id}/register", responses=problem_responses(Problem, [NotFound]))
async def register(session_id: str, caller: Taker, registers: Registers, response: Response) -> Register:
    found = await registers.register(caller, session_id)
    tag(response, found.session.version)
    return found


@router.put(
    "/sessions/{session_id}/marks",
    response_model=RolledCall,
    responses=problem_responses(Problem, [NotFound, SessionNotOpen, StudentNotOnRoster, VersionConflict]),
)
async def call_roll(
    session_id: str, given: RollCall, caller: Taker, flows: Flows, once: Once, expected: Expected
) -> Response:
    """Mark many students, all or none, and close the session with them if asked to. Others keep what they have."""
    return await once(caller, lambda tx: flows.call_roll(caller, session_id, given, expected, tx))


@router.put(
    "/sessions/{session_id}/marks/{student_id}",
    response_model=RegisterRow,
    responses=problem_responses(Problem, [NotFound, SessionNotOpen, StudentNotOnRoster, VersionConflict]),
)
async def mark_student(
    session_id: str,
    student_id: str,
    given: NewMark,
    caller: Taker,
    flows: Flows,
    once: Once,
    expected: Expected,
) -> Response:
    return await once(caller, lambda tx: flows.mark(caller, session_id, student_id, given, expected, tx))


@router.post(
    "/sessions/{session_id}/close",
    response_model=Closed,
    responses=problem_responses(Problem, [NotFound, VersionConflict]),
)
async def close_session(session_id: str, caller: Taker, flows: Flows, once: Once, expected: Expected) -> Response:
    return await once(caller, lambda tx: flows.close(caller, session_id, expected, tx))


@router.post(
    "/sessions/{session_id}/reopen",
    response_model=SessionView,
    responses=problem_responses(Problem, [NotFound, SessionLocked]),
)
async def reopen_session(session_id: str, caller: Taker, flows: Flows, once: Once) -> Response:
    return await once(caller, lambda tx: flows.reopen(caller, session_id, tx))


@router.post(
    "/sessions/{session_id}/lock",
    response_model=SessionView,
    responses=problem_responses(Problem, [NotFound, SessionNotClosed]),
)
async def lock_session(session_id: str, caller: Office, sessions: Sessions, once: Once) -> Response:
    """Lock a closed session before its time: from now on only the office corrects its records."""

    async def lock(tx: Transaction) -> SessionView:
        return SessionView.model_validate(await sessions.lock(caller, session_id, tx))

    return await once(caller, lock)


@router.get(
    "/sessions/{session_id}/export.csv",
    response_class=Response,
    responses={200: {"content": {"text/csv": {}}}, **problem_responses(Problem, [NotFound])},
)
async def export_csv(session_id: str, caller: Taker, registers: Registers) -> Response:
    name, content = await registers.export(caller, session_id)
    return Response(content, headers=attachment(name), media_type="text/csv; charset=utf-8")
