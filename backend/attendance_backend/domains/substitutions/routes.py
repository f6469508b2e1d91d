"""Substitutes: named and removed by the office, seen by whom it concerns."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from attendance_backend.access import allowed
from attendance_backend.domains.attendance.errors import SessionNotOpen
from attendance_backend.domains.identity.schemas import Caller, Permission
from attendance_backend.domains.substitutions.errors import NoSubstitute, NoSuchLesson, SubstituteNamed
from attendance_backend.domains.substitutions.flows import SubstitutionFlows
from attendance_backend.domains.substitutions.schemas import NewSubstitution, SubstitutionView
from attendance_backend.domains.substitutions.service import SubstitutionService
from attendance_backend.once import Once
from attendance_backend.paging import AskedPage, Page
from attendance_backend.provide import provided
from attendance_contract.errors import Problem
from attendance_kit.errors import NotFound, problem_responses

router = APIRouter(prefix="/api/v1/substitutions", tags=["timetable"])
Flows = Annotated[SubstitutionFlows, Depends(provided(SubstitutionFlows))]
Kept = Annotated[SubstitutionService, Depends(provided(SubstitutionService))]
Keeper = Annotated[Caller, allowed(Permission.MANAGE_SCHOOL)]
Taker = Annotated[Caller, allowed(Permission.TAKE_ATTENDANCE)]


@router.post(
    "",
    status_code=201,
    response_model=SubstitutionView,
    responses=problem_responses(Problem, [NotFound, NoSubstitute, NoSuchLesson, SessionNotOpen, SubstituteNamed]),
)
async def name_substitute(new: NewSubstitution, caller: Keeper, flows: Flows, once: Once) -> Response:
    """Name a teacher who takes one session of a subject: they may do with it what its own teachers may."""
    return await once(caller, lambda tx: flows.name(caller, new, tx))


@router.get("")
async def substitutions(caller: Taker, kept: Kept, page: AskedPage) -> Page[SubstitutionView]:
    """Who stands in for whom: a teacher sees their subjects' and their own."""
    return (await kept.page(caller, page)).map(SubstitutionView.model_validate)


@router.delete("/{substitution_id}", status_code=204, responses=problem_responses(Problem, [NotFound]))
async def remove_substitute(substitution_id: str, caller: Keeper, kept: Kept, once: Once) -> Response:
    """End a substitution: whoever stood in is refused from their next call on."""
    return await once(caller, lambda tx: kept.remove(caller, substitution_id, tx))
