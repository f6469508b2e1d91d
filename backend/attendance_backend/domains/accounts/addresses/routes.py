"""Changing and confirming the address of an account: by its owner, by a link, and by the office."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from attendance_backend.access import PUBLIC, From, allowed
from attendance_backend.domains.accounts.addresses.errors import NoMailSent, SignInTooOld
from attendance_backend.domains.accounts.addresses.flows import AddressFlows
from attendance_backend.domains.accounts.addresses.schemas import (
    ConfirmedAddress,
    GivenLink,
    NewAddress,
    SetAddress,
    WantedAddress,
)
from attendance_backend.domains.accounts.errors import LinkInvalid
from attendance_backend.domains.accounts.routes import Links, UserManager, holder
from attendance_backend.domains.accounts.schemas import AccountView, LinkPurpose, LinkView
from attendance_backend.domains.identity.schemas import Caller, GivenId, Permission
from attendance_backend.domains.identity.service import EmailTaken
from attendance_backend.domains.limits.service import TooManyAttempts
from attendance_backend.domains.sign_ins.service import InvalidCredentials
from attendance_backend.once import Once
from attendance_backend.provide import provided
from attendance_contract.errors import Problem
from attendance_kit.errors import NotFound, problem_responses

router = APIRouter(prefix="/api/v1", tags=["accounts"])
Addresses = Annotated[AddressFlows, Depends(provided(AddressFlows))]
SelfCaller = Annotated[Caller, allowed(Permission.SEE_SELF)]


@router.post(
    "/me/email",
    status_code=202,
    response_class=Response,
    responses=problem_responses(Problem, [InvalidCredentials, SignInTooOld, NoMailSent, TooManyAttempts]),
)
async def ask_for_address(
    wanted: WantedAddress, caller: SelfCaller, flows: Addresses, asked: From, once: Once
) -> Response:
    """Have a link sent by which the caller's account gets another address.

    The answer never tells whether somebody has it. An account without a password needs a sign-in of the last minutes.
    """
    admitted = await flows.admit(caller, asked)
    return await once(caller, lambda tx: flows.ask(caller, wanted, admitted, tx))


@router.post(
    "/me/email/confirmation",
    status_code=202,
    response_class=Response,
    responses=problem_responses(Problem, [NoMailSent, TooManyAttempts]),
)
async def ask_for_proof(caller: SelfCaller, flows: Addresses, once: Once) -> Response:
    """Have a link sent by which the caller confirms the address that they have; none where it is confirmed."""
    return await once(caller, lambda tx: flows.ask_for_proof(caller, tx))


@router.post(
    "/auth/email/confirm",
    dependencies=[PUBLIC],
    responses=problem_responses(Problem, [LinkInvalid, EmailTaken]),
    response_model=ConfirmedAddress,
)
async def confirm_address(given: GivenLink, flows: Addresses, once: Once) -> Response:
    """Give an account the address to which a link went. Its sign-ins stay."""
    return await once(holder(given.secret), lambda tx: flows.confirm(given, tx))


@router.post(
    "/users/{user_id}/email-link",
    status_code=201,
    responses=problem_responses(Problem, [NotFound, EmailTaken]),
    response_model=LinkView,
)
async def hand_over_address(
    user_id: GivenId, new: NewAddress, caller: UserManager, flows: Addresses, links: Links, once: Once
) -> Response:
    """A link by which a user gets this address: by mail, or in the answer where no mail is sent."""

    def complete(answer: str) -> LinkView:
        told = LinkView.model_validate_json(answer)
        return told.model_copy(update={"link": links.shown(LinkPurpose.ADDRESS, told.id)})

    return await once(caller, lambda tx: flows.hand_over(caller, user_id, new.email, tx), complete=complete)


@router.put(
    "/users/{user_id}/email",
    responses=problem_responses(Problem, [NotFound, EmailTaken]),
    response_model=AccountView,
)
async def set_address(user_id: GivenId, new: SetAddress, caller: UserManager, flows: Addresses, once: Once) -> Response:
    """Give a user this address at once, or say of the one they have whether it is known to be theirs."""
    return await once(caller, lambda tx: flows.set(caller, user_id, new, tx))
