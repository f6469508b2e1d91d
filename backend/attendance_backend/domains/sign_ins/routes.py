"""Signing in and out, of programs and of browsers, and where the caller is signed in."""

import secrets
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Request, Response

from attendance_backend.access import PUBLIC, From, allowed
from attendance_backend.browser import OWN_PAGE, Cookie, CrossSiteRequest
from attendance_backend.domains.identity.schemas import Caller, GivenId, Me, Permission
from attendance_backend.domains.identity.service import PasswordTellsWho, PasswordTooCommon
from attendance_backend.domains.limits.service import KNOWN_FOR, TooManyAttempts
from attendance_backend.domains.sign_ins.errors import InvalidCredentials, RefreshTokenInvalid
from attendance_backend.domains.sign_ins.flows import PasswordFlows
from attendance_backend.domains.sign_ins.policy import BROWSER_LIFETIME
from attendance_backend.domains.sign_ins.schemas import (
    GivenRefreshToken,
    NewPassword,
    SignIn,
    SignInKind,
    SignInView,
    Tokens,
)
from attendance_backend.domains.sign_ins.service import TOKEN_BYTES, SignInService
from attendance_backend.institution import Institution
from attendance_backend.once import Once
from attendance_backend.paging import AskedPage, Page
from attendance_backend.provide import provided
from attendance_contract.errors import Problem
from attendance_kit.errors import NotFound, problem_responses

router = APIRouter(prefix="/api/v1", tags=["sign-in"])
PasswordChanges = Annotated[PasswordFlows, Depends(provided(PasswordFlows))]
SignIns = Annotated[SignInService, Depends(provided(SignInService))]
School = Annotated[Institution, Depends(provided(Institution))]
SelfCaller = Annotated[Caller, allowed(Permission.SEE_SELF)]
RetryKey = Annotated[str | None, Header(alias="Idempotency-Key", min_length=1, max_length=255)]


@router.post(
    "/auth/sign-in", dependencies=[PUBLIC], responses=problem_responses(Problem, [InvalidCredentials, TooManyAttempts])
)
async def sign_in(given: SignIn, sign_ins: SignIns, asked: From) -> Tokens:
    return await sign_ins.sign_in_program(given, asked)


@router.post("/auth/refresh", dependencies=[PUBLIC], responses=problem_responses(Problem, [RefreshTokenInvalid]))
async def refresh(given: GivenRefreshToken, sign_ins: SignIns, idempotency_key: RetryKey = None) -> Tokens:
    """The next access token and the next refresh token; the one given is used up.

    One that was used before ends the sign-in, since it has two holders. A request whose answer was lost can be repeated
    for a minute with its `Idempotency-Key`, which nobody else can guess.
    """
    return await sign_ins.refresh(given.refresh_token.get_secret_value(), idempotency_key)


@router.post("/auth/sign-out", status_code=204, dependencies=[PUBLIC])
async def sign_out(given: GivenRefreshToken, sign_ins: SignIns) -> None:
    """End the sign-in that a refresh token belongs to, if there is one."""
    await sign_ins.sign_out(SignInKind.PROGRAM, given.refresh_token.get_secret_value())


@router.post(
    "/auth/browser",
    dependencies=[PUBLIC, OWN_PAGE],
    responses=problem_responses(Problem, [InvalidCredentials, TooManyAttempts, CrossSiteRequest]),
)
async def sign_in_browser(
    given: SignIn,
    request: Request,
    response: Response,
    sign_ins: SignIns,
    cookie: Cookie,
    school: School,
    asked: From,
) -> Me:
    """Sign this browser in: the answer sets a cookie that no script can read.

    A second cookie stays when it is signed out: by it a browser that was here before is not slowed down by failures of
    others.
    """
    known_by = asked.known_by or secrets.token_urlsafe(TOKEN_BYTES)
    token, user = await sign_ins.sign_in_browser(given, replace(asked, known_by=known_by))
    if before := cookie.read(request):
        await sign_ins.sign_out(SignInKind.BROWSER, before)
    cookie.give(response, token, BROWSER_LIFETIME)
    cookie.give_device(response, known_by, KNOWN_FOR)
    return Me.of(user, await school.here())


@router.delete(
    "/auth/browser",
    status_code=204,
    dependencies=[PUBLIC, OWN_PAGE],
    responses=problem_responses(Problem, [CrossSiteRequest]),
)
async def sign_out_browser(request: Request, response: Response, sign_ins: SignIns, cookie: Cookie) -> None:
    """Sign this browser out, if it is signed in."""
    if token := cookie.read(request):
        await sign_ins.sign_out(SignInKind.BROWSER, token)
    cookie.take_back(response)


@router.get("/me/sign-ins")
async def own_sign_ins(caller: SelfCaller, sign_ins: SignIns, page: AskedPage) -> Page[SignInView]:
    """Where the caller is signed in."""
    return await sign_ins.page(caller, page)


@router.delete("/me/sign-ins", status_code=204)
async def sign_out_everywhere(caller: SelfCaller, sign_ins: SignIns, once: Once) -> Response:
    """End all of the caller's sign-ins, this one too."""
    return await once(caller, lambda tx: sign_ins.end_all(caller, caller.id, tx))


@router.delete("/me/sign-ins/{sign_in_id}", status_code=204, responses=problem_responses(Problem, [NotFound]))
async def end_sign_in(sign_in_id: GivenId, caller: SelfCaller, sign_ins: SignIns, once: Once) -> Response:
    """End one of the caller's sign-ins."""
    return await once(caller, lambda tx: sign_ins.end(caller, sign_in_id, tx))


@router.put(
    "/me/password",
    status_code=204,
    responses=problem_responses(Problem, [InvalidCredentials, TooManyAttempts, PasswordTooCommon, PasswordTellsWho]),
)
async def change_password(
    new: NewPassword, caller: SelfCaller, flows: PasswordChanges, asked: From, once: Once
) -> Response:
    """Change the caller's own password. Every other sign-in of theirs ends."""
    admitted = await flows.admit(caller, asked)
    return await once(caller, lambda tx: flows.change(caller, new, admitted, tx))
