"""Whether attendance is taken, and in time: for teachers of their own lessons, for the office of all."""

from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import StreamingResponse

from attendance_backend.domains.reports.completion.flows import CompletionFlows
from attendance_backend.domains.reports.completion.schemas import CompletionReport, Grouping, TeachersReport
from attendance_backend.domains.reports.downloads.routes import AskedTable
from attendance_backend.domains.reports.routes import MISSING, AskedDays, ByCode, Staff
from attendance_backend.paging import PageRequest, sortable
from attendance_backend.provide import provided
from attendance_backend.tables import TableFormat, described, sent

router = APIRouter(prefix="/api/v1/reports/completion", tags=["reports"], responses=MISSING)
Flows = Annotated[CompletionFlows, Depends(provided(CompletionFlows))]
ByName = Annotated[PageRequest, sortable("name")]


@router.get("")
async def report_of_completion(caller: Staff, flows: Flows, asked: AskedDays, page: ByCode) -> CompletionReport:
    """What became of the planned lessons: taken, closed in time, left open or not taken."""
    return await flows.subjects(caller, asked, page)


@router.get("/teachers")
async def report_of_completion_by_teacher(
    caller: Staff, flows: Flows, asked: AskedDays, page: ByName
) -> TeachersReport:
    """The same by teacher: of all for the office, of their own for a teacher."""
    return await flows.teachers(caller, asked, page)


@router.get("/export", responses=described(*TableFormat), response_class=StreamingResponse)
async def export_completion(
    caller: Staff,
    flows: Flows,
    asked: AskedDays,
    by: Grouping = Grouping.TEACHER,
    wanted: AskedTable = TableFormat.CSV,
) -> StreamingResponse:
    """The same as a table: a row for each teacher, subject or week."""
    return sent(await flows.table(caller, asked, by), wanted)
