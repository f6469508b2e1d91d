"""Students and their guardians, for those who run the institution; one student also for their family."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from attendance_backend.access import allowed
from attendance_backend.domains.identity.schemas import Caller, Permission
from attendance_backend.domains.people.errors import ExternalIdTaken, RollNumberTaken, TooManyGuardians
from attendance_backend.domains.people.flows import PeopleFlows
from attendance_backend.domains.people.schemas import (
    Archiving,
    GuardianChange,
    GuardianView,
    NewGuardian,
    NewStudent,
    StudentChange,
    StudentView,
)
from attendance_backend.domains.people.service import GuardianService
from attendance_backend.once import Once
from attendance_backend.paging import AskedPage, Page, PageRequest, sortable
from attendance_backend.ports.store import Transaction
from attendance_backend.provide import provided
from attendance_backend.versions import Expected, VersionConflict, tag
from attendance_contract.errors import Problem
from attendance_kit.errors import NotFound, problem_responses

router = APIRouter(prefix="/api/v1/students", tags=["students"])
People = Annotated[PeopleFlows, Depends(provided(PeopleFlows))]
Guardians = Annotated[GuardianService, Depends(provided(GuardianService))]
Registrar = Annotated[Caller, allowed(Permission.MANAGE_STUDENTS)]
Reader = Annotated[Caller, allowed(Permission.SEE_STUDENT)]
ByRollNumber = Annotated[PageRequest, sortable("roll_number", name="name_key")]
NameBegins = Annotated[
    str | None, Query(min_length=1, max_length=200, description="how the name begins, whatever its case and accents")
]
TAKEN = (RollNumberTaken, ExternalIdTaken)


@router.post("", status_code=201, responses=problem_responses(Problem, TAKEN), response_model=StudentView)
async def create_student(new: NewStudent, caller: Registrar, people: People, once: Once) -> Response:
    return await once(caller, lambda tx: people.create(caller, new, tx))


@router.get("")
async def students(
    caller: Registrar,
    people: People,
    page: ByRollNumber,
    roll_number: str | None = None,
    external_id: str | None = None,
    group: str | None = None,
    archived: bool | None = None,
    name: NameBegins = None,
) -> Page[StudentView]:
    asked = {"roll_number": roll_number, "external_id": external_id, "group": group, "archived": archived}
    wanted = {field: value for field, value in asked.items() if value is not None}
    return await people.page(caller, wanted, name, page)


@router.get("/{student_id}", responses=problem_responses(Problem, [NotFound]))
async def student(student_id: str, caller: Reader, people: People, response: Response) -> StudentView:
    found = await people.view(caller, student_id)
    tag(response, found.version)
    return found


@router.patch(
    "/{student_id}",
    response_model=StudentView,
    responses=problem_responses(Problem, [NotFound, VersionConflict, *TAKEN]),
)
async def change_student(
    student_id: str, given: StudentChange, caller: Registrar, people: People, once: Once, expected: Expected
) -> Response:
    return await once(caller, lambda tx: people.change(caller, student_id, given, expected, tx))


@router.post(
    "/{student_id}/archive",
    response_model=StudentView,
    responses=problem_responses(Problem, [NotFound, VersionConflict]),
)
async def archive_student(
    student_id: str, caller: Registrar, people: People, once: Once, given: Archiving | None = None
) -> Response:
    """Take a student off every roster from a day on; what was recorded of them stays."""
    return await once(caller, lambda tx: people.archive(caller, student_id, given or Archiving(), tx))


@router.post(
    "/{student_id}/restore",
    response_model=StudentView,
    responses=problem_responses(Problem, [NotFound, VersionConflict]),
)
async def restore_student(student_id: str, caller: Registrar, people: People, once: Once) -> Response:
    """Take an archived student back, who is on no roster until they are entered again."""
    return await once(caller, lambda tx: people.restore(caller, student_id, tx))


@router.get("/{student_id}/guardians", responses=problem_responses(Problem, [NotFound]))
async def guardians(student_id: str, caller: Registrar, kept: Guardians, page: AskedPage) -> Page[GuardianView]:
    return (await kept.page(caller, student_id, page)).map(GuardianView.model_validate)


@router.post(
    "/{student_id}/guardians",
    status_code=201,
    response_model=GuardianView,
    responses=problem_responses(Problem, [NotFound, TooManyGuardians]),
)
async def add_guardian(student_id: str, new: NewGuardian, caller: Registrar, kept: Guardians, once: Once) -> Response:
    async def add(tx: Transaction) -> GuardianView:
        return GuardianView.model_validate(await kept.add(caller, student_id, new, tx))

    return await once(caller, add)


@router.patch(
    "/{student_id}/guardians/{guardian_id}",
    response_model=GuardianView,
    responses=problem_responses(Problem, [NotFound]),
)
async def change_guardian(
    student_id: str, guardian_id: str, given: GuardianChange, caller: Registrar, kept: Guardians, once: Once
) -> Response:
    async def change(tx: Transaction) -> GuardianView:
        return GuardianView.model_validate(await kept.change(caller, student_id, guardian_id, given, tx))

    return await once(caller, change)


@router.delete(
    "/{student_id}/guardians/{guardian_id}", status_code=204, responses=problem_responses(Problem, [NotFound])
)
async def remove_guardian(
    student_id: str, guardian_id: str, caller: Registrar, kept: Guardians, once: Once
) -> Response:
    return await once(caller, lambda tx: kept.remove(caller, student_id, guardian_id, tx))
