"""The report of one session, for those who may see it."""

from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import StreamingResponse

from attendance_backend.domains.attendance.errors import SessionNotClosed
from attendance_backend.domains.reports.downloads.routes import AskedTable
from attendance_backend.domains.reports.routes import ByRollNumber, Staff
from attendance_backend.domains.reports.sessions.flows import SessionReportFlows
from attendance_backend.domains.reports.sessions.schemas import SessionReport
from attendance_backend.provide import provided
from attendance_backend.tables import TableFormat, described, sent
from attendance_contract.errors import Problem
from attendance_kit.errors import NotFound, problem_responses

REFUSALS = problem_responses(Problem, [NotFound, SessionNotClosed])
router = APIRouter(prefix="/api/v1/reports/sessions/{session_id}", tags=["reports"], responses=REFUSALS)
Flows = Annotated[SessionReportFlows, Depends(provided(SessionReportFlows))]


@router.get("")
async def report_of_session(session_id: str, caller: Staff, flows: Flows, page: ByRollNumber) -> SessionReport:
    """One closed session: counts, what each status rests on, and what was changed since."""
    return await flows.session(caller, session_id, page)


@router.get("/export", responses=described(*TableFormat), response_class=StreamingResponse)
async def export_session(
    session_id: str, caller: Staff, flows: Flows, wanted: AskedTable = TableFormat.CSV
) -> StreamingResponse:
    """All students of the session."""
    return sent(await flows.table(caller, session_id), wanted)
