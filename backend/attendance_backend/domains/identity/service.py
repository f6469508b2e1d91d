"""Keeps the users, checks passwords and permissions. It reads no request, and knows nobody who is signed in."""

from collections.abc import AsyncIterator, Mapping, Sequence

from pydantic import SecretStr

from attendance_backend.bulk import MOST_ASKED, pieces
from attendance_backend.documents import new_id
from attendance_backend.domains.audit.service import AuditService
from attendance_backend.domains.identity.errors import EmailTaken, PermissionDenied
from attendance_backend.domains.identity.passwords.errors import PasswordTellsWho, PasswordTooCommon
from attendance_backend.domains.identity.passwords.policy import check_password
from attendance_backend.domains.identity.policy import may
from attendance_backend.domains.identity.repository import UserRepository
from attendance_backend.domains.identity.schemas import (
    NO_PASSWORD,
    SYSTEM,
    Caller,
    NewAccount,
    NewUser,
    Permission,
    Role,
    User,
)
from attendance_backend.paging import Page, PageRequest
from attendance_backend.ports.clock import Clock
from attendance_backend.ports.passwords import PasswordHasher
from attendance_backend.ports.store import Transaction
from attendance_kit.errors import NotFound

__all__ = ["EmailTaken", "IdentityService", "PasswordTellsWho", "PasswordTooCommon"]


class IdentityService:
    def __init__(
        self,
        users: UserRepository,
        audit: AuditService,
        passwords: PasswordHasher,
        clock: Clock,
    ) -> None:
        self._users = users
        self._audit = audit
        self._passwords = passwords
        self._clock = clock

    async def user_with_password(self, email: str, password: str) -> User | None:
        """The user of an e-mail address and password, found out in the same time whether or not there is one."""
        user = await self._users.by_email(SYSTEM, email.lower())
        fits = await self._passwords.verify(password, user.password_hash if user else None)
        return user if fits else None

    async def begin(self, known: User, tx: Transaction) -> User | None:
        """The user as they sign in; None if they were deactivated or have another password than they were known by."""
        if not await self._users.signed_in(SYSTEM, known, self._clock.now(), tx):
            return None
        return await self._users.by_id(SYSTEM, known.id, tx)

    def check(self, caller: Caller, permission: Permission) -> None:
        """Raise PermissionDenied unless the caller's role has the permission."""
        if not may(caller.role, permission):
            raise PermissionDenied

    async def hash_password(self, password: SecretStr, email: str, name: str) -> str:
        """The slow part of giving a user a password, to be done before the transaction begins.

        Raises:
            PasswordTooCommon: it would be guessed first.
            PasswordTellsWho: it holds a part of the e-mail address or name.
        """
        check_password(password.get_secret_value(), email, name)
        return await self._passwords.hash(password.get_secret_value())

    async def set_password(self, caller: Caller, user_id: str, password_hash: str, tx: Transaction) -> None:
        """Give a user another password."""
        await self._users.change(caller, user_id, {"password_hash": password_hash}, tx)
        await self._audit.note(caller, "password changed", user_id, {}, tx)

    async def create_user(
        self,
        caller: Caller,
        new: NewUser | NewAccount,
        password_hash: str,
        tx: Transaction,
        *,
        email_verified: bool = False,
    ) -> User:
        user = User(
            id=new_id(),
            email=new.email,
            email_verified=email_verified,
            name=new.name,
            role=new.role,
            password_hash=password_hash,
            created_at=self._clock.now(),
        )
        await self._users.add(caller, user, tx)
        await self._audit.note(caller, "user created", user.id, {"role": user.role}, tx)
        return user

    async def by_external_ids(
        self, caller: Caller, external_ids: Sequence[str], tx: Transaction | None = None
    ) -> dict[str, User]:
        """Those users that there are, by what another system calls them."""
        found = await self._users.with_one_of(caller, "external_id", external_ids, tx)
        return {str(user.external_id): user for user in found}

    async def by_emails(self, caller: Caller, emails: Sequence[str], tx: Transaction | None = None) -> dict[str, User]:
        """Those users that there are, by e-mail address."""
        return {user.email: user for user in await self._users.with_one_of(caller, "email", emails, tx)}

    async def external_ids(self, caller: Caller, tx: Transaction | None = None) -> set[str]:
        """What another system calls the users that it has named."""
        return await self._users.external_ids(caller, tx)

    def made(self, new: NewAccount, external_id: str | None = None) -> User:
        """A user as `take_over` keeps them: without a password, which they choose by the link of a reset."""
        return User(
            id=new_id(),
            **new.model_dump(),
            password_hash=NO_PASSWORD,
            created_at=self._clock.now(),
            external_id=external_id,
        )

    async def take_over(
        self, caller: Caller, new: Sequence[User], changes: Mapping[str, Mapping[str, object]], tx: Transaction
    ) -> None:
        """Many new users, and changed fields of those there are, by id. Whoever takes them over notes it."""
        await self._users.add_many(caller, new, tx)
        await self._users.set_many(caller, changes, tx)

    def every(self, caller: Caller) -> AsyncIterator[list[User]]:
        """Every user, some at a time."""
        return self._users.every(caller)

    async def user(self, caller: Caller, user_id: str, tx: Transaction | None = None) -> User:
        """One user.

        Raises:
            NotFound: there is none of this id.
        """
        if found := await self._users.by_id(caller, user_id, tx):
            return found
        raise NotFound

    async def check_free(self, caller: Caller, email: str) -> None:
        """Raise EmailTaken where a user has this address."""
        if await self._users.by_email(caller, email):
            raise EmailTaken(field="email")

    async def set_email(self, caller: Caller, user: User, email: str, *, verified: bool, tx: Transaction) -> User:
        """Give a user this address, or tell of the one they have whether it is known to be theirs.

        Raises:
            EmailTaken: another user has it.
        """
        await self._users.set_email(caller, user.id, email, verified=verified, tx=tx)
        # No entry has an address: the audit log is for ever.
        details = {"is_new": email != user.email, "verified": verified}
        await self._audit.note(caller, "e-mail address set", user.id, details, tx)
        return user.model_copy(update={"email": email, "email_verified": verified})

    async def set_active(self, caller: Caller, user: User, *, active: bool, tx: Transaction) -> User:
        """Let a user sign in, or not any more."""
        change = {"deactivated_at": None if active else self._clock.now()}
        await self._users.change(caller, user.id, change, tx)
        await self._audit.note(caller, "user reactivated" if active else "user deactivated", user.id, {}, tx)
        return user.model_copy(update=change)

    async def set_role(self, caller: Caller, user: User, role: Role, tx: Transaction) -> User:
        """Give a user another role."""
        await self._users.change(caller, user.id, {"role": role}, tx)
        await self._audit.note(caller, "role changed", user.id, {"from": user.role, "to": role}, tx)
        return user.model_copy(update={"role": role})

    async def has_another_administrator(self, caller: Caller, user: User, tx: Transaction) -> bool:
        """Whether somebody else can run the institution; of two who step down at once, one comes after the other."""
        await self._users.hold_administrators(caller, tx)
        return await self._users.another_administrator(caller, user.id, tx)

    async def user_with_email(self, caller: Caller, email: str) -> User | None:
        return await self._users.by_email(caller, email)

    async def missing(self, caller: Caller, user_ids: Sequence[str]) -> list[str]:
        """Those of the ids that belong to no user."""
        known = {user.id for user in await self._users.by_ids(caller, list(user_ids))}
        return [user_id for user_id in user_ids if user_id not in known]

    async def by_ids(self, caller: Caller, user_ids: Sequence[str]) -> dict[str, User]:
        """Those of the ids that belong to users, by id."""
        found = [user for ids in pieces(user_ids, MOST_ASKED) for user in await self._users.by_ids(caller, list(ids))]
        return {user.id: user for user in found}

    async def users(self, caller: Caller, email: str | None, role: Role | None, page: PageRequest) -> Page[User]:
        return await self._users.page(caller, email, role, page)
