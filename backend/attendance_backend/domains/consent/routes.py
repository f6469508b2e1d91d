"""A student's consents."""

from typing import Annotated

from fastapi import APIRouter, Body, Depends, Response

from attendance_backend.access import allowed
from attendance_backend.domains.consent.errors import ConsentRequired, ConsentTextUnknown, GuardianRequired
from attendance_backend.domains.consent.flows import ConsentFlows
from attendance_backend.domains.consent.schemas import ConsentView, NewConsent, OwnConsent, Withdrawal
from attendance_backend.domains.identity.schemas import Caller, Permission
from attendance_backend.once import Once
from attendance_backend.paging import AskedPage, Page
from attendance_backend.ports.photos import PhotosUnavailable
from attendance_backend.provide import provided
from attendance_contract.errors import Problem
from attendance_kit.errors import NotFound, problem_responses

router = APIRouter(prefix="/api/v1/students/{student_id}/consents", tags=["consent"])
Consents = Annotated[ConsentFlows, Depends(provided(ConsentFlows))]
Giver = Annotated[Caller, allowed(Permission.GIVE_CONSENT)]
ConsentReader = Annotated[Caller, allowed(Permission.SEE_STUDENT)]
ConsentKeeper = Annotated[Caller, allowed(Permission.MANAGE_CONSENT)]


@router.post(
    "",
    status_code=201,
    responses=problem_responses(Problem, [NotFound, GuardianRequired]),
    response_model=ConsentView,
)
async def give_consent(
    student_id: str, new: NewConsent, caller: ConsentKeeper, consents: Consents, once: Once
) -> Response:
    return await once(caller, lambda tx: consents.give(caller, student_id, new, tx))


@router.post(
    "/withdraw",
    responses=problem_responses(Problem, [NotFound, ConsentRequired, PhotosUnavailable]),
    response_model=ConsentView,
)
async def withdraw_consent(
    student_id: str,
    caller: ConsentKeeper,
    consents: Consents,
    once: Once,
    given: Annotated[Withdrawal, Body(default_factory=Withdrawal)],
) -> Response:
    """End the consent. The student's vectors, their key and the class photos they are on are gone when this answers."""
    answer = await once(caller, lambda tx: consents.withdraw(caller, student_id, given, tx))
    await consents.erase(caller, student_id)
    return answer


@router.post(
    "/own",
    status_code=201,
    responses=problem_responses(Problem, [NotFound, GuardianRequired, ConsentTextUnknown]),
    response_model=ConsentView,
)
async def give_own_consent(student_id: str, own: OwnConsent, caller: Giver, consents: Consents, once: Once) -> Response:
    """Agree to a published text, as the student or, for a minor, as their guardian."""
    return await once(caller, lambda tx: consents.give_own(caller, student_id, own, tx))


@router.post(
    "/own/withdraw",
    responses=problem_responses(Problem, [NotFound, ConsentRequired, PhotosUnavailable]),
    response_model=ConsentView,
)
async def withdraw_own_consent(
    student_id: str,
    caller: Giver,
    consents: Consents,
    once: Once,
    given: Annotated[Withdrawal, Body(default_factory=Withdrawal)],
) -> Response:
    """End one's own consent, or that of the student in one's care. The face data is gone when this answers."""
    answer = await once(caller, lambda tx: consents.withdraw(caller, student_id, given, tx))
    await consents.erase(caller, student_id)
    return answer


@router.get("", responses=problem_responses(Problem, [NotFound]))
async def consents_of(student_id: str, caller: ConsentReader, consents: Consents, page: AskedPage) -> Page[ConsentView]:
    return await consents.page(caller, student_id, page)
