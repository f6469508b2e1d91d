"""Reports and records as files: CSV, XLSX, and PDF for what is read on paper."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import StreamingResponse

from attendance_backend.domains.reports.downloads.flows import DownloadFlows
from attendance_backend.domains.reports.routes import MISSING, AskedDays, AskedRisk, Family, Staff
from attendance_backend.provide import provided
from attendance_backend.tables import SheetFormat, TableFormat, described, sent

router = APIRouter(
    prefix="/api/v1/reports", tags=["reports"], responses=MISSING, default_response_class=StreamingResponse
)
Flows = Annotated[DownloadFlows, Depends(provided(DownloadFlows))]

AskedTable = Annotated[TableFormat, Query(alias="format")]
AskedSheet = Annotated[SheetFormat, Query(alias="format")]


@router.get("/students/{student_id}/export", responses=described(*TableFormat))
async def export_student(
    student_id: str, caller: Family, flows: Flows, asked: AskedDays, wanted: AskedTable = TableFormat.CSV
) -> StreamingResponse:
    """One student's subjects and totals."""
    return sent(await flows.student(caller, student_id, asked), wanted)


@router.get("/subjects/{subject_id}/export", responses=described(*TableFormat))
async def export_subject(
    subject_id: str, caller: Staff, flows: Flows, asked: AskedDays, wanted: AskedTable = TableFormat.CSV
) -> StreamingResponse:
    """All students of a subject who have records in these days."""
    return sent(await flows.subject(caller, subject_id, asked), wanted)


@router.get("/at-risk/export", responses=described(*TableFormat))
async def export_at_risk(
    caller: Staff,
    flows: Flows,
    asked: AskedRisk,
    subject_id: str | None = None,
    wanted: AskedTable = TableFormat.CSV,
) -> StreamingResponse:
    """All who attend less than the threshold; the lowest rate first."""
    return sent(await flows.at_risk(caller, asked, subject_id), wanted)


@router.get("/school/export", responses=described(*TableFormat))
async def export_by_subject(
    caller: Staff, flows: Flows, asked: AskedDays, wanted: AskedTable = TableFormat.CSV
) -> StreamingResponse:
    """All subjects and their totals."""
    return sent(await flows.school(caller, asked), wanted)


@router.get("/records/export", responses=described(*SheetFormat))
async def export_records(
    caller: Staff,
    flows: Flows,
    asked: AskedDays,
    subject_id: str | None = None,
    wanted: AskedSheet = SheetFormat.CSV,
) -> StreamingResponse:
    """Every record of these days, however many there are."""
    return sent(await flows.all_records(caller, asked, subject_id), wanted)
