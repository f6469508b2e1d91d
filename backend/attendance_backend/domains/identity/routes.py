"""The caller's own account, and new users."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from attendance_backend.access import allowed
from attendance_backend.domains.identity.errors import EmailTaken
from attendance_backend.domains.identity.schemas import Caller, Me, NewUser, Permission, UserView
from attendance_backend.domains.identity.service import IdentityService, PasswordTellsWho, PasswordTooCommon
from attendance_backend.institution import Institution
from attendance_backend.once import Once
from attendance_backend.ports.store import Transaction
from attendance_backend.provide import provided
from attendance_contract.errors import Problem
from attendance_kit.errors import problem_responses

router = APIRouter(prefix="/api/v1", tags=["identity"])
Identity = Annotated[IdentityService, Depends(provided(IdentityService))]
School = Annotated[Institution, Depends(provided(Institution))]
SelfCaller = Annotated[Caller, allowed(Permission.SEE_SELF)]
UserManager = Annotated[Caller, allowed(Permission.MANAGE_USERS)]


@router.get("/me")
async def me(caller: SelfCaller, identity: Identity, school: School) -> Me:
    return Me.of(await identity.user(caller, caller.id), await school.here())


@router.post(
    "/users",
    status_code=201,
    responses=problem_responses(Problem, [EmailTaken, PasswordTooCommon, PasswordTellsWho]),
    response_model=UserView,
)
async def create_user(new: NewUser, caller: UserManager, identity: Identity, once: Once) -> Response:
    password_hash = await identity.hash_password(new.password, new.email, new.name)

    async def create(tx: Transaction) -> UserView:
        return UserView.model_validate(await identity.create_user(caller, new, password_hash, tx))

    return await once(caller, create)
