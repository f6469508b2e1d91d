"""Creates users, checks passwords, and signs people in and out. It reads no request and decides no permission."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import timedelta

from attendance_backend.documents import new_id
from attendance_backend.domains.audit.service import AuditService
from attendance_backend.domains.identity.errors import InvalidCredentials, NotSignedIn, PermissionDenied
from attendance_backend.domains.identity.policy import may
from attendance_backend.domains.identity.repository import SignInRepository, UserRepository
from attendance_backend.domains.identity.schemas import (
    SYSTEM,
    AccessToken,
    BrowserSignIn,
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
TOKEN_BYTES = 32
BROWSER_LIFETIME = timedelta(hours=12)
"""A school day: who signs in before the first lesson is not asked again before the last."""


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
            InvalidCredentials: as `user_signing_in` has it.
        """
        user = await self.user_signing_in(given)
        token = self._tokens.sign(Claims(user_id=user.id, role=user.role))
        return AccessToken(access_token=token, expires_in=self._tokens.lifetime_seconds)

    async def user_signing_in(self, given: SignIn) -> User:
        """The user of an e-mail address and password.

        Raises:
            InvalidCredentials: after the same time whether or not there is such a user.
        """
        user = await self._users.by_email(SYSTEM, given.email.lower())
        kept = user.password_hash if user else None
        if not await self._passwords.verify(given.password.get_secret_value(), kept) or user is None:
            raise InvalidCredentials
        return user

    def caller(self, token: str) -> Caller:
        """Who an access token belongs to, touching no subject yet.

        Raises:
            NotSignedIn: the token is not valid, or not any more.
        """
        claims = self._tokens.read(token)
        if claims is None:
            raise NotSignedIn(headers=CHALLENGE)
        return Caller.without_reach(claims.user_id, Role(claims.role))

    def check(self, caller: Caller, permission: Permission) -> None:
        """Raise PermissionDenied unless the caller's role has the permission."""
        if not may(caller.role, permission):
            raise PermissionDenied

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


class BrowserService:
    """Signs browsers in and out. A browser shows an opaque token, of which only the digest is kept."""

    def __init__(
        self, identity: IdentityService, users: UserRepository, sign_ins: SignInRepository, clock: Clock
    ) -> None:
        self._identity = identity
        self._users = users
        self._sign_ins = sign_ins
        self._clock = clock

    async def sign_in(self, given: SignIn) -> tuple[str, User]:
        """A token that is good for `BROWSER_LIFETIME`, and whose it is.

        Raises:
            InvalidCredentials: after the same time whether or not there is such a user.
        """
        user = await self._identity.user_signing_in(given)
        token, now = secrets.token_urlsafe(TOKEN_BYTES), self._clock.now()
        sign_in = BrowserSignIn(
            id=new_id(),
            user_id=user.id,
            token_digest=_digest(token),
            created_at=now,
            expires_at=now + BROWSER_LIFETIME,
        )
        await self._sign_ins.add(SYSTEM, sign_in)
        return token, user

    async def caller(self, token: str) -> Caller:
        """Who a token belongs to, in the role that they have now, touching no subject yet.

        Raises:
            NotSignedIn: the token is unknown, signed out or over, or its user is gone.
        """
        kept = await self._sign_ins.by_digest(SYSTEM, _digest(token))
        if kept is None or kept.expires_at <= self._clock.now():
            raise NotSignedIn(headers=CHALLENGE)
        user = await self._users.by_id(SYSTEM, kept.user_id)
        if user is None:
            raise NotSignedIn(headers=CHALLENGE)
        return Caller.without_reach(user.id, user.role)

    async def sign_out(self, token: str) -> None:
        """End what a token stands for; nothing happens when it stands for nothing."""
        await self._sign_ins.remove(SYSTEM, _digest(token))


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
