"""Sign-in, the caller's own account, and users."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from attendance_backend.access import PUBLIC, allowed
from attendance_backend.domains.identity.errors import EmailTaken, InvalidCredentials
from attendance_backend.domains.identity.schemas import AccessToken, Caller, NewUser, Permission, SignIn, UserView
from attendance_backend.domains.identity.service import IdentityService
from attendance_backend.once import Once
from attendance_backend.paging import AskedPage, Page
from attendance_backend.ports.store import Transaction
from attendance_backend.provide import provided
from attendance_contract.errors import Problem
from attendance_kit.errors import problem_responses

router = APIRouter(prefix="/api/v1", tags=["identity"])
Identity = Annotated[IdentityService, Depends(provided(IdentityService))]
SelfCaller = Annotated[Caller, allowed(Permission.SEE_SELF)]
UserManager = Annotated[Caller, allowed(Permission.MANAGE_USERS)]


@router.post("/auth/sign-in", dependencies=[PUBLIC], responses=problem_responses(Problem, [InvalidCredentials]))
async def sign_in(given: SignIn, identity: Identity, response: Response) -> AccessToken:
    response.headers["Cache-Control"] = "no-store"
    return await identity.sign_in(given)


@router.get("/me")
async def me(caller: SelfCaller, identity: Identity) -> UserView:
    return UserView.model_validate(await identity.user(caller, caller.id))


@router.post("/users", status_code=201, responses=problem_responses(Problem, [EmailTaken]), response_model=UserView)
async def create_user(new: NewUser, caller: UserManager, identity: Identity, once: Once) -> Response:
    password_hash = await identity.hash_password(new)

    async def create(tx: Transaction) -> UserView:
        return UserView.model_validate(await identity.create_user(caller, new, password_hash, tx))

    return await once(caller, create)


@router.get("/users")
async def users(caller: UserManager, identity: Identity, page: AskedPage, email: str | None = None) -> Page[UserView]:
    return (await identity.users(caller, email, page)).map(UserView.model_validate)
