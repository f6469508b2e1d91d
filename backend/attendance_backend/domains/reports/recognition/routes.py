"""How good recognition is in this school, for teachers in their subjects and for the office."""

from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import StreamingResponse

from attendance_backend.domains.reports.downloads.routes import AskedTable
from attendance_backend.domains.reports.recognition.flows import QualityFlows
from attendance_backend.domains.reports.recognition.schemas import Grouping, QualityReport
from attendance_backend.domains.reports.routes import MISSING, AskedDays, ByCode, Staff
from attendance_backend.provide import provided
from attendance_backend.tables import TableFormat, described, sent

router = APIRouter(prefix="/api/v1/reports/recognition", tags=["reports"], responses=MISSING)
Flows = Annotated[QualityFlows, Depends(provided(QualityFlows))]


@router.get("")
async def report_of_recognition(
    caller: Staff, flows: Flows, asked: AskedDays, page: ByCode, subject_id: str | None = None
) -> QualityReport:
    """How many faces were named, confirmed and corrected, and the false match and miss rates that follow from it."""
    return await flows.quality(caller, asked, subject_id, page)


@router.get("/export", responses=described(*TableFormat), response_class=StreamingResponse)
async def export_recognition(
    caller: Staff,
    flows: Flows,
    asked: AskedDays,
    subject_id: str | None = None,
    by: Grouping = Grouping.SUBJECT,
    wanted: AskedTable = TableFormat.CSV,
) -> StreamingResponse:
    """The same as a table: a row for each subject, week or way of judging."""
    return sent(await flows.table(caller, asked, subject_id, by), wanted)
