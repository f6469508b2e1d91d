"""Subjects and rosters."""

import datetime as dt
from typing import Annotated

from fastapi import APIRouter, Depends, Response

from attendance_backend.access import allowed
from attendance_backend.domains.identity.schemas import Caller, Permission
from attendance_backend.domains.teaching.errors import RosterFull, SubjectCodeTaken, UnknownStudent, UnknownTeacher
from attendance_backend.domains.teaching.flows import TeachingFlows
from attendance_backend.domains.teaching.schemas import (
    NewPeriod,
    NewRoster,
    NewSubject,
    RosterSet,
    RosterStudent,
    SubjectChange,
    SubjectView,
)
from attendance_backend.domains.teaching.service import TeachingService
from attendance_backend.once import Once
from attendance_backend.paging import AskedPage, Page
from attendance_backend.provide import provided
from attendance_backend.versions import Expected, VersionConflict, tag
from attendance_contract.errors import Problem
from attendance_kit.errors import NotFound, problem_responses

router = APIRouter(prefix="/api/v1/subjects", tags=["teaching"])
Flows = Annotated[TeachingFlows, Depends(provided(TeachingFlows))]
Teaching = Annotated[TeachingService, Depends(provided(TeachingService))]
SubjectCreator = Annotated[Caller, allowed(Permission.CREATE_SUBJECTS)]
SubjectReader = Annotated[Caller, allowed(Permission.SEE_SUBJECTS)]
RosterKeeper = Annotated[Caller, allowed(Permission.MANAGE_ROSTER)]


@router.post(
    "",
    status_code=201,
    response_model=SubjectView,
    responses=problem_responses(Problem, [SubjectCodeTaken, UnknownTeacher]),
)
async def create_subject(new: NewSubject, caller: SubjectCreator, flows: Flows, once: Once) -> Response:
    return await once(caller, lambda tx: flows.create(caller, new, tx))


@router.get("")
async def subjects(
    caller: SubjectReader,
    teaching: Teaching,
    page: AskedPage,
    code: str | None = None,
    archived: bool | None = None,
) -> Page[SubjectView]:
    asked = {"code": code, "archived": archived}
    wanted = {field: value for field, value in asked.items() if value is not None}
    return (await teaching.page(caller, wanted, page)).map(SubjectView.model_validate)


@router.get("/{subject_id}", responses=problem_responses(Problem, [NotFound]))
async def subject(subject_id: str, caller: SubjectReader, teaching: Teaching, response: Response) -> SubjectView:
    found = SubjectView.model_validate(await teaching.subject(caller, subject_id))
    tag(response, found.version)
    return found


@router.patch(
    "/{subject_id}",
    response_model=SubjectView,
    responses=problem_responses(Problem, [NotFound, SubjectCodeTaken, UnknownTeacher, VersionConflict]),
)
async def change_subject(
    subject_id: str, given: SubjectChange, caller: SubjectCreator, flows: Flows, once: Once, expected: Expected
) -> Response:
    return await once(caller, lambda tx: flows.change(caller, subject_id, given, expected, tx))


@router.get("/{subject_id}/roster", responses=problem_responses(Problem, [NotFound]))
async def roster(
    subject_id: str, caller: SubjectReader, flows: Flows, page: AskedPage, on: dt.date | None = None
) -> Page[RosterStudent]:
    """Who is on the roster on a day, today unless told."""
    return await flows.roster(caller, subject_id, on, page)


@router.put(
    "/{subject_id}/roster",
    response_model=RosterSet,
    responses=problem_responses(Problem, [NotFound, RosterFull, UnknownStudent]),
)
async def set_roster(subject_id: str, new: NewRoster, caller: RosterKeeper, flows: Flows, once: Once) -> Response:
    """Make the roster exactly this: who is not named was never on it. What was recorded of them stays."""
    return await once(caller, lambda tx: flows.set_roster(caller, subject_id, new, tx))


@router.put(
    "/{subject_id}/roster/{student_id}",
    status_code=204,
    responses=problem_responses(Problem, [NotFound, RosterFull, UnknownStudent]),
)
async def enter_roster(
    subject_id: str, student_id: str, caller: RosterKeeper, flows: Flows, once: Once, given: NewPeriod | None = None
) -> Response:
    """Put a student on the roster, for a period or for good; periods before it stay."""
    return await once(caller, lambda tx: flows.enter(caller, subject_id, student_id, given or NewPeriod(), tx))


@router.delete("/{subject_id}/roster/{student_id}", status_code=204, responses=problem_responses(Problem, [NotFound]))
async def leave_roster(
    subject_id: str, student_id: str, caller: RosterKeeper, flows: Flows, once: Once, leaves_on: dt.date | None = None
) -> Response:
    """Take a student off the roster from a day on, from today unless told; what was before stays."""
    return await once(caller, lambda tx: flows.leave(caller, subject_id, student_id, leaves_on, tx))
