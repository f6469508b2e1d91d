"""Sign-in of programs and of browsers, the caller's own account, and users."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from attendance_backend.access import PUBLIC, allowed
from attendance_backend.browser import OWN_PAGE, Cookie, CrossSiteRequest
from attendance_backend.domains.identity.errors import EmailTaken, InvalidCredentials
from attendance_backend.domains.identity.schemas import (
    AccessToken,
    Caller,
    InstitutionView,
    Me,
    NewUser,
    Permission,
    SignIn,
    User,
    UserView,
)
from attendance_backend.domains.identity.service import BROWSER_LIFETIME, BrowserService, IdentityService
from attendance_backend.institution import Institution, Place
from attendance_backend.once import Once
from attendance_backend.paging import AskedPage, Page
from attendance_backend.ports.store import Transaction
from attendance_backend.provide import provided
from attendance_contract.errors import Problem
from attendance_kit.errors import problem_responses

router = APIRouter(prefix="/api/v1", tags=["identity"])
Identity = Annotated[IdentityService, Depends(provided(IdentityService))]
Browsers = Annotated[BrowserService, Depends(provided(BrowserService))]
School = Annotated[Institution, Depends(provided(Institution))]
SelfCaller = Annotated[Caller, allowed(Permission.SEE_SELF)]
UserManager = Annotated[Caller, allowed(Permission.MANAGE_USERS)]


@router.post("/auth/sign-in", dependencies=[PUBLIC], responses=problem_responses(Problem, [InvalidCredentials]))
async def sign_in(given: SignIn, identity: Identity) -> AccessToken:
    return await identity.sign_in(given)


@router.post(
    "/auth/browser",
    dependencies=[PUBLIC, OWN_PAGE],
    responses=problem_responses(Problem, [InvalidCredentials, CrossSiteRequest]),
)
async def sign_in_browser(
    given: SignIn, request: Request, response: Response, browsers: Browsers, cookie: Cookie, school: School
) -> Me:
    """Sign this browser in: the answer sets a cookie that no script can read."""
    token, user = await browsers.sign_in(given)
    if before := cookie.read(request):
        await browsers.sign_out(before)
    cookie.give(response, token, BROWSER_LIFETIME)
    return _me(user, await school.here())


@router.delete(
    "/auth/browser",
    status_code=204,
    dependencies=[PUBLIC, OWN_PAGE],
    responses=problem_responses(Problem, [CrossSiteRequest]),
)
async def sign_out_browser(request: Request, response: Response, browsers: Browsers, cookie: Cookie) -> None:
    """Sign this browser out, if it is signed in."""
    if token := cookie.read(request):
        await browsers.sign_out(token)
    cookie.take_back(response)


@router.get("/me")
async def me(caller: SelfCaller, identity: Identity, school: School) -> Me:
    return _me(await identity.user(caller, caller.id), await school.here())


@router.post("/users", status_code=201, responses=problem_responses(Problem, [EmailTaken]), response_model=UserView)
async def create_user(new: NewUser, caller: UserManager, identity: Identity, once: Once) -> Response:
    password_hash = await identity.hash_password(new)

    async def create(tx: Transaction) -> UserView:
        return UserView.model_validate(await identity.create_user(caller, new, password_hash, tx))

    return await once(caller, create)


@router.get("/users")
async def users(caller: UserManager, identity: Identity, page: AskedPage, email: str | None = None) -> Page[UserView]:
    return (await identity.users(caller, email, page)).map(UserView.model_validate)


def _me(user: User, place: Place) -> Me:
    shown = InstitutionView(time_zone=place.time_zone.key, today=place.today)
    return Me(**UserView.model_validate(user).model_dump(), institution=shown)
