"""Creates users, checks passwords and gives out access tokens. It reads no request and decides no permission."""

from collections.abc import Sequence

from attendance_backend.documents import new_id
from attendance_backend.domains.audit.service import AuditService
from attendance_backend.domains.identity.errors import InvalidCredentials, NotSignedIn, PermissionDenied
from attendance_backend.domains.identity.policy import may
from attendance_backend.domains.identity.repository import UserRepository
from attendance_backend.domains.identity.schemas import (
    SYSTEM,
    AccessToken,
    Caller,
    NewUser,
    Permission,
    Role,
    SignIn,
    User,
)
from attendance_backend.paging import Page, PageRequest
from attendance_backend.ports.clock import Clock
from attendance_backend.ports.passwords import PasswordHasher
from attendance_backend.ports.store import Transaction
from attendance_backend.ports.tokens import Claims, TokenSigner
from attendance_kit.errors import NotFound

CHALLENGE = {"WWW-Authenticate": "Bearer"}


class IdentityService:
    def __init__(
        self,
        users: UserRepository,
        audit: AuditService,
        passwords: PasswordHasher,
        tokens: TokenSigner,
        clock: Clock,
    ) -> None:
        self._users = users
        self._audit = audit
        self._passwords = passwords
        self._tokens = tokens
        self._clock = clock

    async def sign_in(self, given: SignIn) -> AccessToken:
        """An access token.

        Raises:
            InvalidCredentials: after the same time whether or not there is such a user.
        """
        user = await self._users.by_email(SYSTEM, given.email.lower())
        kept = user.password_hash if user else None
        if not await self._passwords.verify(given.password.get_secret_value(), kept) or user is None:
            raise InvalidCredentials
        token = self._tokens.sign(Claims(user_id=user.id, role=user.role))
        return AccessToken(access_token=token, expires_in=self._tokens.lifetime_seconds)

    def authorise(self, token: str, permission: Permission) -> Caller:
        """Who a token belongs to, touching no subject yet.

        Raises:
            NotSignedIn: the token is not valid, or not any more.
            PermissionDenied: the role does not have the permission.
        """
        claims = self._tokens.read(token)
        if claims is None:
            raise NotSignedIn(headers=CHALLENGE)
        if not may(role := Role(claims.role), permission):
            raise PermissionDenied
        return Caller(id=claims.user_id, role=role, subject_ids=frozenset())

    async def hash_password(self, new: NewUser) -> str:
        """The slow part of creating a user, to be done before the transaction begins."""
        return await self._passwords.hash(new.password.get_secret_value())

    async def create_user(self, caller: Caller, new: NewUser, password_hash: str, tx: Transaction) -> User:
        user = User(
            id=new_id(),
            email=new.email,
            name=new.name,
            role=new.role,
            password_hash=password_hash,
            created_at=self._clock.now(),
        )
        await self._users.add(caller, user, tx)
        await self._audit.note(caller, "user created", user.id, {"role": user.role}, tx)
        return user

    async def user(self, caller: Caller, user_id: str) -> User:
        if found := await self._users.by_id(caller, user_id):
            return found
        raise NotFound

    async def user_with_email(self, caller: Caller, email: str) -> User | None:
        return await self._users.by_email(caller, email)

    async def missing(self, caller: Caller, user_ids: Sequence[str]) -> list[str]:
        """Those of the ids that belong to no user."""
        known = {user.id for user in await self._users.by_ids(caller, list(user_ids))}
        return [user_id for user_id in user_ids if user_id not in known]

    async def users(self, caller: Caller, email: str | None, page: PageRequest) -> Page[User]:
        return await self._users.page(caller, email, page)
