"""Excuses: given by staff, or asked for by students and guardians and answered by staff."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from attendance_backend.access import allowed
from attendance_backend.domains.corrections.errors import RequestAnswered
from attendance_backend.domains.corrections.schemas import Grant, RefusalGiven, RequestState
from attendance_backend.domains.excuses.errors import SubjectNeeded
from attendance_backend.domains.excuses.flows import ExcuseFlows
from attendance_backend.domains.excuses.schemas import AskedExcuse, ExcuseView, NewExcuse
from attendance_backend.domains.excuses.service import ExcuseService
from attendance_backend.domains.identity.schemas import Caller, Permission
from attendance_backend.once import Once
from attendance_backend.paging import AskedPage, Page
from attendance_backend.provide import provided
from attendance_contract.errors import Problem
from attendance_kit.errors import NotFound, problem_responses

router = APIRouter(prefix="/api/v1", tags=["excuses"])
Flows = Annotated[ExcuseFlows, Depends(provided(ExcuseFlows))]
Excuses = Annotated[ExcuseService, Depends(provided(ExcuseService))]
Staff = Annotated[Caller, allowed(Permission.CORRECT_RECORDS)]
Family = Annotated[Caller, allowed(Permission.ASK_FOR_EXCUSE)]
Reader = Annotated[Caller, allowed(Permission.SEE_RECORDS)]
NOT_THERE = problem_responses(Problem, [NotFound])
ANSWERED = problem_responses(Problem, [NotFound, RequestAnswered])


@router.post(
    "/excuses",
    status_code=201,
    response_model=ExcuseView,
    responses=problem_responses(Problem, [NotFound, SubjectNeeded]),
)
async def give_excuse(new: NewExcuse, caller: Staff, flows: Flows, once: Once) -> Response:
    """Excuse a student in advance: a teacher from an own subject, the office from any or, without one, from all."""
    return await once(caller, lambda tx: flows.give(caller, new, tx))


@router.get("/excuses")
async def excuses(
    caller: Staff,
    kept: Excuses,
    page: AskedPage,
    state: RequestState | None = None,
    subject_id: str | None = None,
    student_id: str | None = None,
) -> Page[ExcuseView]:
    asked = {"state": state, "subject_id": subject_id, "student_id": student_id}
    wanted = {name: str(value) for name, value in asked.items() if value}
    return (await kept.page(caller, wanted, page)).map(ExcuseView.model_validate)


@router.post("/students/{student_id}/excuses", status_code=201, response_model=ExcuseView, responses=NOT_THERE)
async def ask_for_excuse(student_id: str, new: AskedExcuse, caller: Family, flows: Flows, once: Once) -> Response:
    """Ask to excuse oneself or a student in one's care: staff answers."""
    return await once(caller, lambda tx: flows.ask(caller, student_id, new, tx))


@router.get("/students/{student_id}/excuses", responses=NOT_THERE)
async def excuses_of_student(student_id: str, caller: Reader, flows: Flows, page: AskedPage) -> Page[ExcuseView]:
    return await flows.page_of_student(caller, student_id, page)


@router.post("/excuses/{excuse_id}/grant", response_model=ExcuseView, responses=ANSWERED)
async def grant_excuse(excuse_id: str, given: Grant, caller: Staff, flows: Flows, once: Once) -> Response:
    return await once(caller, lambda tx: flows.grant(caller, excuse_id, given, tx))


@router.post("/excuses/{excuse_id}/refuse", response_model=ExcuseView, responses=ANSWERED)
async def refuse_excuse(excuse_id: str, given: RefusalGiven, caller: Staff, flows: Flows, once: Once) -> Response:
    """Refuse what was asked for, or take back what was granted; sessions that are closed keep what they say."""
    return await once(caller, lambda tx: flows.refuse(caller, excuse_id, given, tx))


@router.post("/excuses/{excuse_id}/withdraw", response_model=ExcuseView, responses=ANSWERED)
async def withdraw_excuse(excuse_id: str, caller: Family, flows: Flows, once: Once) -> Response:
    """Take back what one has asked for, before it is answered."""
    return await once(caller, lambda tx: flows.withdraw(caller, excuse_id, tx))
