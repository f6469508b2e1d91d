"""Reports by class, for teachers in their subjects and for the office."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import StreamingResponse

from attendance_backend.domains.people.schemas import Group
from attendance_backend.domains.reports.downloads.routes import AskedTable
from attendance_backend.domains.reports.groups.flows import GroupFlows
from attendance_backend.domains.reports.groups.schemas import GroupReport, GroupsReport
from attendance_backend.domains.reports.routes import MISSING, AskedDays, ByRollNumber, Staff
from attendance_backend.paging import PageRequest, sortable
from attendance_backend.provide import provided
from attendance_backend.tables import TableFormat, described, sent

router = APIRouter(prefix="/api/v1/reports", tags=["reports"], responses=MISSING)
Flows = Annotated[GroupFlows, Depends(provided(GroupFlows))]
ByGroup = Annotated[PageRequest, sortable("group")]
AskedGroup = Annotated[Group, Query(description="the class, by its name")]


@router.get("/groups")
async def report_of_groups(caller: Staff, flows: Flows, asked: AskedDays, page: ByGroup) -> GroupsReport:
    """All classes."""
    return await flows.groups(caller, asked, page)


@router.get("/groups/export", responses=described(*TableFormat), response_class=StreamingResponse)
async def export_by_group(
    caller: Staff, flows: Flows, asked: AskedDays, wanted: AskedTable = TableFormat.CSV
) -> StreamingResponse:
    """All classes and their totals."""
    return sent(await flows.groups_table(caller, asked), wanted)


@router.get("/group")
async def report_of_group(
    group: AskedGroup, caller: Staff, flows: Flows, asked: AskedDays, page: ByRollNumber
) -> GroupReport:
    """One class: by subject, by student and week by week."""
    return await flows.group(caller, group, asked, page)


@router.get("/group/export", responses=described(*TableFormat), response_class=StreamingResponse)
async def export_group(
    group: AskedGroup, caller: Staff, flows: Flows, asked: AskedDays, wanted: AskedTable = TableFormat.CSV
) -> StreamingResponse:
    """All students of a class who have records in these days."""
    return sent(await flows.group_table(caller, group, asked), wanted)
