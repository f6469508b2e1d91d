"""The report of a term against another, for teachers in their subjects and for the office."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import StreamingResponse

from attendance_backend.domains.identity.schemas import GivenId
from attendance_backend.domains.reports.downloads.routes import AskedTable
from attendance_backend.domains.reports.routes import MISSING, ByCode, Staff
from attendance_backend.domains.reports.terms.flows import TermFlows
from attendance_backend.domains.reports.terms.schemas import TermReport
from attendance_backend.provide import provided
from attendance_backend.tables import TableFormat, described, sent

router = APIRouter(prefix="/api/v1/reports/terms/{term_id}", tags=["reports"], responses=MISSING)
Flows = Annotated[TermFlows, Depends(provided(TermFlows))]
Against = Annotated[GivenId | None, Query(description="the id of another term; without it, the one before")]


@router.get("")
async def report_of_term(
    term_id: str, caller: Staff, flows: Flows, page: ByCode, against: Against = None
) -> TermReport:
    """A term by subject and week, against another one."""
    return await flows.term(caller, term_id, against, page)


@router.get("/export", responses=described(*TableFormat), response_class=StreamingResponse)
async def export_term(
    term_id: str, caller: Staff, flows: Flows, against: Against = None, wanted: AskedTable = TableFormat.CSV
) -> StreamingResponse:
    """All subjects of a term, and their totals."""
    return sent(await flows.table(caller, term_id, against), wanted)
