"""Records: lists by session and by student, and corrections."""

import datetime as dt
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from attendance_backend.access import allowed
from attendance_backend.domains.attendance.errors import SessionLocked, SessionNotClosed
from attendance_backend.domains.attendance.service import SessionService
from attendance_backend.domains.identity.schemas import Caller, Permission
from attendance_backend.domains.records.flows import RecordFlows
from attendance_backend.domains.records.schemas import AttendanceRecord, Corrected, Correction, Corrections
from attendance_backend.domains.records.service import RecordService
from attendance_backend.once import Once
from attendance_backend.paging import AskedPage, Page, PageRequest, sortable
from attendance_backend.provide import provided
from attendance_contract.errors import Problem
from attendance_kit.errors import NotFound, problem_responses

router = APIRouter(prefix="/api/v1", tags=["records"])
Flows = Annotated[RecordFlows, Depends(provided(RecordFlows))]
Records = Annotated[RecordService, Depends(provided(RecordService))]
Sessions = Annotated[SessionService, Depends(provided(SessionService))]
Taker = Annotated[Caller, allowed(Permission.TAKE_ATTENDANCE)]
Corrector = Annotated[Caller, allowed(Permission.CORRECT_RECORDS)]
Reader = Annotated[Caller, allowed(Permission.SEE_RECORDS)]
ByDay = Annotated[PageRequest, sortable("date")]
REFUSALS = problem_responses(Problem, [NotFound, SessionNotClosed, SessionLocked])


@router.get("/sessions/{session_id}/records", responses=problem_responses(Problem, [NotFound]))
async def records(
    session_id: str, caller: Taker, kept: Sessions, written: Records, page: AskedPage
) -> Page[AttendanceRecord]:
    await kept.session(caller, session_id)
    return await written.page(caller, session_id, page)


@router.get("/students/{student_id}/records", responses=problem_responses(Problem, [NotFound]))
async def records_of_student(
    student_id: str,
    caller: Reader,
    written: Records,
    page: ByDay,
    since: Annotated[dt.date | None, Query(alias="from")] = None,
    until: Annotated[dt.date | None, Query(alias="to")] = None,
    subject_id: str | None = None,
) -> Page[AttendanceRecord]:
    """One student's records, for themselves, who has them in their care, and the office."""
    days = {"$gte": since and since.isoformat(), "$lte": until and until.isoformat()}
    bounds = {bound: day for bound, day in days.items() if day}
    wanted = {**({"date": bounds} if bounds else {}), **({"subject_id": subject_id} if subject_id else {})}
    return await written.page_of_student(caller, student_id, wanted, page)


@router.patch("/records/{record_id}", response_model=AttendanceRecord, responses=REFUSALS)
async def correct_record(record_id: str, given: Correction, caller: Corrector, flows: Flows, once: Once) -> Response:
    return await once(caller, lambda tx: flows.correct(caller, record_id, given, tx))


@router.post("/records/corrections", response_model=Corrected, responses=REFUSALS)
async def correct_records(given: Corrections, caller: Corrector, flows: Flows, once: Once) -> Response:
    """Correct several records, all or none."""
    return await once(caller, lambda tx: flows.correct_many(caller, given, tx))
