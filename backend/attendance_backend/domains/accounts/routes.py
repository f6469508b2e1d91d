"""Invitations, password resets, and users as administrators manage them."""

import hashlib
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from pydantic import SecretStr

from attendance_backend.access import PUBLIC, allowed
from attendance_backend.domains.accounts.errors import LastAdministrator, LinkInvalid, RoleFixed
from attendance_backend.domains.accounts.flows import AccountFlows, InvitationFlows, ResetFlows
from attendance_backend.domains.accounts.schemas import (
    Acceptance,
    AccountView,
    AskedReset,
    InvitationView,
    LinkPurpose,
    LinkView,
    NewInvitation,
    NewRole,
    ResetPassword,
)
from attendance_backend.domains.accounts.service import LinkService
from attendance_backend.domains.identity.schemas import Caller, GivenId, Permission, Role, UserView
from attendance_backend.domains.identity.service import EmailTaken, PasswordTellsWho, PasswordTooCommon
from attendance_backend.domains.limits.service import LimitService, TooManyAttempts
from attendance_backend.domains.people.service import AccountTaken
from attendance_backend.once import Once
from attendance_backend.paging import AskedPage, Page
from attendance_backend.provide import provided
from attendance_contract.errors import Problem
from attendance_kit.errors import NotFound, problem_responses

router = APIRouter(prefix="/api/v1", tags=["accounts"])
Invitations = Annotated[InvitationFlows, Depends(provided(InvitationFlows))]
Resets = Annotated[ResetFlows, Depends(provided(ResetFlows))]
Accounts = Annotated[AccountFlows, Depends(provided(AccountFlows))]
Links = Annotated[LinkService, Depends(provided(LinkService))]
Limits = Annotated[LimitService, Depends(provided(LimitService))]
UserManager = Annotated[Caller, allowed(Permission.MANAGE_USERS)]
WEAK = (PasswordTooCommon, PasswordTellsWho)


def holder(secret: SecretStr) -> Caller:
    """Whoever holds the secret of a link: nobody else's request can be replayed to them."""
    digest = hashlib.sha256(secret.get_secret_value().encode()).hexdigest()
    return Caller.without_reach(f"link:{digest}", Role.SYSTEM)


@router.post(
    "/invitations",
    status_code=201,
    responses=problem_responses(Problem, [EmailTaken, AccountTaken, NotFound]),
    response_model=InvitationView,
)
async def invite(new: NewInvitation, caller: UserManager, flows: Invitations, links: Links, once: Once) -> Response:
    """Invite somebody. Where no mail is sent, the answer has the link to hand over; nobody is told it again."""

    def complete(answer: str) -> InvitationView:
        view = InvitationView.model_validate_json(answer)
        return view.model_copy(update={"link": links.shown(LinkPurpose.INVITATION, view.id)})

    return await once(caller, lambda tx: flows.invite(caller, new, tx), complete=complete)


@router.get("/invitations")
async def invitations(caller: UserManager, links: Links, page: AskedPage) -> Page[InvitationView]:
    return await links.page(caller, page)


@router.delete("/invitations/{invitation_id}", status_code=204, responses=problem_responses(Problem, [NotFound]))
async def revoke_invitation(invitation_id: GivenId, caller: UserManager, flows: Invitations, once: Once) -> Response:
    """Take an invitation back that was not accepted."""
    return await once(caller, lambda tx: flows.revoke(caller, invitation_id, tx))


@router.post(
    "/invitations/accept",
    status_code=201,
    dependencies=[PUBLIC],
    responses=problem_responses(Problem, [LinkInvalid, EmailTaken, AccountTaken, NotFound, *WEAK]),
    response_model=UserView,
)
async def accept_invitation(given: Acceptance, flows: Invitations, once: Once) -> Response:
    """Make the account that an invitation is for."""
    return await once(holder(given.secret), lambda tx: flows.accept(given, tx))


@router.post(
    "/auth/password-reset",
    status_code=202,
    response_class=Response,
    dependencies=[PUBLIC],
    responses=problem_responses(Problem, [TooManyAttempts]),
)
async def ask_for_reset(given: AskedReset, request: Request, flows: Resets, limits: Limits, once: Once) -> Response:
    """Have a link sent by which a new password can be chosen. The answer never tells whether there is an account."""
    await limits.admit_request(request.client.host if request.client else "")
    asker = holder(SecretStr(given.email.lower()))
    return await once(asker, lambda tx: flows.ask(given.email, tx))


@router.post(
    "/auth/password-reset/complete",
    status_code=204,
    dependencies=[PUBLIC],
    responses=problem_responses(Problem, [LinkInvalid, *WEAK]),
)
async def reset_password(given: ResetPassword, flows: Resets, once: Once) -> Response:
    """Choose a new password by a link. Every sign-in of the user ends."""
    return await once(holder(given.secret), lambda tx: flows.complete(given, tx))


@router.post(
    "/users/{user_id}/password-reset",
    status_code=201,
    responses=problem_responses(Problem, [NotFound]),
    response_model=LinkView,
)
async def hand_over_reset(user_id: GivenId, caller: UserManager, flows: Resets, links: Links, once: Once) -> Response:
    """A link by which a user chooses a new password: by mail, or in the answer where no mail is sent."""

    def complete(answer: str) -> LinkView:
        view = LinkView.model_validate_json(answer)
        return view.model_copy(update={"link": links.shown(LinkPurpose.PASSWORD_RESET, view.id)})

    return await once(caller, lambda tx: flows.hand_over(caller, user_id, tx), complete=complete)


@router.get("/users")
async def users(
    caller: UserManager, flows: Accounts, page: AskedPage, email: str | None = None, role: Role | None = None
) -> Page[AccountView]:
    return await flows.page(caller, email, role, page)


@router.put(
    "/users/{user_id}/role",
    responses=problem_responses(Problem, [NotFound, RoleFixed, LastAdministrator]),
    response_model=AccountView,
)
async def change_role(user_id: GivenId, new: NewRole, caller: UserManager, flows: Accounts, once: Once) -> Response:
    """Make a teacher an administrator, or the other way round. It holds at once, wherever they are signed in."""
    return await once(caller, lambda tx: flows.set_role(caller, user_id, new.role, tx))


@router.post(
    "/users/{user_id}/deactivate",
    responses=problem_responses(Problem, [NotFound, LastAdministrator]),
    response_model=AccountView,
)
async def deactivate_user(user_id: GivenId, caller: UserManager, flows: Accounts, once: Once) -> Response:
    """Let a user in no more; every sign-in of theirs ends."""
    return await once(caller, lambda tx: flows.deactivate(caller, user_id, tx))


@router.post(
    "/users/{user_id}/reactivate", responses=problem_responses(Problem, [NotFound]), response_model=AccountView
)
async def reactivate_user(user_id: GivenId, caller: UserManager, flows: Accounts, once: Once) -> Response:
    """Let a user in again, by the password that they had."""
    return await once(caller, lambda tx: flows.reactivate(caller, user_id, tx))
