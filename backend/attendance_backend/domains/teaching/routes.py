"""Subjects and rosters."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from attendance_backend.access import allowed
from attendance_backend.domains.identity.schemas import Caller, Permission
from attendance_backend.domains.people.schemas import StudentView
from attendance_backend.domains.teaching.errors import RosterFull, SubjectCodeTaken, UnknownTeacher
from attendance_backend.domains.teaching.flows import TeachingFlows
from attendance_backend.domains.teaching.schemas import NewSubject, SubjectView
from attendance_backend.domains.teaching.service import TeachingService
from attendance_backend.once import Once
from attendance_backend.paging import AskedPage, Page
from attendance_backend.provide import provided
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
    caller: SubjectReader, teaching: Teaching, page: AskedPage, code: str | None = None
) -> Page[SubjectView]:
    return (await teaching.page(caller, code, page)).map(SubjectView.model_validate)


@router.get("/{subject_id}", responses=problem_responses(Problem, [NotFound]))
async def subject(subject_id: str, caller: SubjectReader, teaching: Teaching) -> SubjectView:
    return SubjectView.model_validate(await teaching.subject(caller, subject_id))


@router.get("/{subject_id}/roster", responses=problem_responses(Problem, [NotFound]))
async def roster(subject_id: str, caller: SubjectReader, flows: Flows, page: AskedPage) -> Page[StudentView]:
    return await flows.roster(caller, subject_id, page)


@router.put(
    "/{subject_id}/roster/{student_id}", status_code=204, responses=problem_responses(Problem, [NotFound, RosterFull])
)
async def enter_roster(subject_id: str, student_id: str, caller: RosterKeeper, flows: Flows, once: Once) -> Response:
    return await once(caller, lambda tx: flows.enter(caller, subject_id, student_id, tx))


@router.delete("/{subject_id}/roster/{student_id}", status_code=204, responses=problem_responses(Problem, [NotFound]))
async def leave_roster(
    subject_id: str, student_id: str, caller: RosterKeeper, teaching: Teaching, once: Once
) -> Response:
    return await once(caller, lambda tx: teaching.leave(caller, subject_id, student_id, tx))
