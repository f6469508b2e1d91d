"""Signing a browser in by a provider of OpenID Connect, and the identities that open an account.

The browser is sent away and comes back to a page of the web app: no answer of the API leads anywhere.
"""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response

from attendance_backend.access import PUBLIC, From, allowed
from attendance_backend.browser import OWN_PAGE, Cookie, CrossSiteRequest
from attendance_backend.domains.identity.schemas import Caller, GivenId, Me, Permission
from attendance_backend.domains.limits.service import TooManyAttempts
from attendance_backend.domains.openid.errors import (
    EmailNotVerified,
    IdentityTaken,
    NoAccount,
    ProviderAnswerInvalid,
    ProviderUnreachable,
    SignInNotBegun,
)
from attendance_backend.domains.openid.flows import OpenIdFlows
from attendance_backend.domains.openid.policy import LIFETIME
from attendance_backend.domains.openid.schemas import Departure, Identities, Providers, Return
from attendance_backend.domains.openid.service import OpenIdService
from attendance_backend.domains.sign_ins.schemas import SignInKind
from attendance_backend.domains.sign_ins.service import BROWSER_LIFETIME, SignInService
from attendance_backend.institution import Institution
from attendance_backend.once import Once
from attendance_backend.provide import provided
from attendance_contract.errors import Problem
from attendance_kit.errors import NotFound, problem_responses

router = APIRouter(prefix="/api/v1", tags=["sign-in"])
OpenId = Annotated[OpenIdService, Depends(provided(OpenIdService))]
Flows = Annotated[OpenIdFlows, Depends(provided(OpenIdFlows))]
SignIns = Annotated[SignInService, Depends(provided(SignInService))]
School = Annotated[Institution, Depends(provided(Institution))]
SelfCaller = Annotated[Caller, allowed(Permission.SEE_SELF)]
UserManager = Annotated[Caller, allowed(Permission.MANAGE_USERS)]
ProviderId = Annotated[str, Path(min_length=1, max_length=64)]
UNTRUSTED = (ProviderUnreachable, ProviderAnswerInvalid, CrossSiteRequest, NotFound)
REFUSED = (SignInNotBegun, EmailNotVerified, NoAccount, IdentityTaken, TooManyAttempts)


@router.get("/auth/providers", dependencies=[PUBLIC])
async def providers(openid: OpenId) -> Providers:
    """By whom one may sign in beside a password."""
    return openid.providers()


@router.post(
    "/auth/providers/{provider_id}/departure",
    dependencies=[PUBLIC, OWN_PAGE],
    responses=problem_responses(Problem, [*UNTRUSTED]),
)
async def depart(provider_id: ProviderId, response: Response, openid: OpenId, cookie: Cookie) -> Departure:
    """Where to send this browser to be signed in. The answer sets a cookie that ties what comes back to it."""
    kept, address = await openid.depart(provider_id)
    cookie.give_trip(response, kept, LIFETIME)
    return Departure(address=address)


@router.post(
    "/auth/providers/{provider_id}/return",
    dependencies=[PUBLIC, OWN_PAGE],
    responses=problem_responses(Problem, [*UNTRUSTED, *REFUSED]),
)
async def come_back(
    provider_id: ProviderId,
    given: Return,
    request: Request,
    response: Response,
    flows: Flows,
    sign_ins: SignIns,
    cookie: Cookie,
    school: School,
    asked: From,
) -> Me:
    """Sign this browser in with what the provider sent it back with: the same cookie as by a password."""
    token, user = await flows.sign_in(provider_id, cookie.read_trip(request), given, asked)
    if before := cookie.read(request):
        await sign_ins.sign_out(SignInKind.BROWSER, before)
    cookie.take_trip_back(response)
    cookie.give(response, token, BROWSER_LIFETIME)
    return Me.of(user, await school.here())


@router.get("/me/identities")
async def own_identities(caller: SelfCaller, openid: OpenId) -> Identities:
    """By which identities of which providers the caller signs in."""
    return await openid.of_caller(caller)


@router.delete("/me/identities/{identity_id}", status_code=204, responses=problem_responses(Problem, [NotFound]))
async def unlink_identity(identity_id: GivenId, caller: SelfCaller, openid: OpenId, once: Once) -> Response:
    """Let one of the caller's identities open their account no more, until its address does so again."""
    return await once(caller, lambda tx: openid.unlink(caller, identity_id, tx))


@router.delete("/users/{user_id}/identities", status_code=204, responses=problem_responses(Problem, [NotFound]))
async def unlink_identities(user_id: GivenId, caller: UserManager, openid: OpenId, once: Once) -> Response:
    """Let no identity open a user's account any more: for somebody who got another one at the provider."""
    return await once(caller, lambda tx: openid.unlink_all(caller, user_id, tx))
