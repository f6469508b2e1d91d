"""Students, for those who run the institution."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from attendance_backend.access import allowed
from attendance_backend.domains.identity.schemas import Caller, Permission
from attendance_backend.domains.people.errors import RollNumberTaken
from attendance_backend.domains.people.flows import PeopleFlows
from attendance_backend.domains.people.schemas import NewStudent, StudentView
from attendance_backend.once import Once
from attendance_backend.paging import AskedPage, Page
from attendance_backend.provide import provided
from attendance_contract.errors import Problem
from attendance_kit.errors import NotFound, problem_responses

router = APIRouter(prefix="/api/v1/students", tags=["students"])
People = Annotated[PeopleFlows, Depends(provided(PeopleFlows))]
Registrar = Annotated[Caller, allowed(Permission.MANAGE_STUDENTS)]


@router.post("", status_code=201, responses=problem_responses(Problem, [RollNumberTaken]), response_model=StudentView)
async def create_student(new: NewStudent, caller: Registrar, people: People, once: Once) -> Response:
    return await once(caller, lambda tx: people.create(caller, new, tx))


@router.get("")
async def students(
    caller: Registrar, people: People, page: AskedPage, roll_number: str | None = None
) -> Page[StudentView]:
    return await people.page(caller, roll_number, page)


@router.get("/{student_id}", responses=problem_responses(Problem, [NotFound]))
async def student(student_id: str, caller: Registrar, people: People) -> StudentView:
    return await people.view(caller, student_id)
