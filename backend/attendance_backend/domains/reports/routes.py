"""Reports: of a student, of a subject, of who is at risk, and of the school."""

import datetime as dt
from typing import Annotated

from fastapi import APIRouter, Depends, Query

from attendance_backend.access import allowed
from attendance_backend.domains.identity.schemas import Caller, Permission
from attendance_backend.domains.reports.flows import Asked, ReportFlows
from attendance_backend.domains.reports.schemas import AtRisk, Percent, SchoolReport, StudentReport, SubjectReport
from attendance_backend.paging import Page, PageRequest, sortable
from attendance_backend.provide import provided
from attendance_contract.errors import Problem
from attendance_kit.errors import NotFound, problem_responses

router = APIRouter(prefix="/api/v1/reports", tags=["reports"])
Flows = Annotated[ReportFlows, Depends(provided(ReportFlows))]
Family = Annotated[Caller, allowed(Permission.SEE_RECORDS)]
Staff = Annotated[Caller, allowed(Permission.SEE_REPORTS)]
Since = Annotated[
    dt.date | None, Query(alias="from", description="the first day; without any, the running term, else 90 days")
]
Until = Annotated[dt.date | None, Query(alias="to", description="the last day; without it, today")]
Term = Annotated[str | None, Query(description="its days stand for those that are not given")]
Threshold = Annotated[Percent | None, Query(description="in per cent; without it, the institution's")]
MISSING = problem_responses(Problem, [NotFound])


async def asked_days(since: Since = None, until: Until = None, term_id: Term = None) -> Asked:
    """The days that a request asks for."""
    return Asked(since, until, term_id)


async def asked_risk(
    since: Since = None, until: Until = None, term_id: Term = None, threshold: Threshold = None
) -> Asked:
    """The days and the threshold that a request asks for."""
    return Asked(since, until, term_id, threshold)


AskedDays = Annotated[Asked, Depends(asked_days)]
AskedRisk = Annotated[Asked, Depends(asked_risk)]
ByRollNumber = Annotated[PageRequest, sortable("roll_number")]
ByRate = Annotated[PageRequest, sortable("rate")]
ByCode = Annotated[PageRequest, sortable("code")]


@router.get("/students/{student_id}", responses=MISSING)
async def report_of_student(student_id: str, caller: Family, flows: Flows, asked: AskedDays) -> StudentReport:
    """One student, for themselves, who has them in their care, and the office."""
    return await flows.student(caller, student_id, asked)


@router.get("/subjects/{subject_id}", responses=MISSING)
async def report_of_subject(
    subject_id: str, caller: Staff, flows: Flows, asked: AskedDays, page: ByRollNumber
) -> SubjectReport:
    """One subject, with those students who have records in these days."""
    return await flows.subject(caller, subject_id, asked, page)


@router.get("/at-risk", responses=MISSING)
async def report_at_risk(
    caller: Staff, flows: Flows, asked: AskedRisk, page: ByRate, subject_id: str | None = None
) -> Page[AtRisk]:
    """Who attends less than the threshold, in which subject; the lowest rate first."""
    return await flows.at_risk(caller, asked, subject_id, page)


@router.get("/school", responses=MISSING)
async def report_of_school(caller: Staff, flows: Flows, asked: AskedDays, page: ByCode) -> SchoolReport:
    """All subjects: a teacher's own, or for the office the school's."""
    return await flows.school(caller, asked, page)
