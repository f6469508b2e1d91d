"""Signs programs and browsers in and out, and tells who asks. Of each token only the digest is kept."""

import secrets
from dataclasses import dataclass, field

from pydantic import SecretStr

from attendance_backend.documents import new_id
from attendance_backend.domains.audit.service import AuditService
from attendance_backend.domains.identity.schemas import SYSTEM, Caller, Role, User
from attendance_backend.domains.identity.service import IdentityService
from attendance_backend.domains.limits.schemas import Admitted, Attempt
from attendance_backend.domains.limits.service import LimitService
from attendance_backend.domains.sign_ins.errors import InvalidCredentials, NotSignedIn, RefreshTokenInvalid
from attendance_backend.domains.sign_ins.policy import BROWSER_LIFETIME, FRESH_FOR, LIFETIMES, Use, digest, use_of
from attendance_backend.domains.sign_ins.repository import SignInRepository
from attendance_backend.domains.sign_ins.schemas import (
    AskedFrom,
    KeptSignIn,
    SignIn,
    SignInKind,
    SignInView,
    Tokens,
    Turn,
)
from attendance_backend.paging import Page, PageRequest
from attendance_backend.ports.clock import Clock
from attendance_backend.ports.store import Transaction, Transactions
from attendance_backend.ports.tokens import Claims, TokenSigner
from attendance_kit.errors import NotFound

__all__ = ["BROWSER_LIFETIME", "InvalidCredentials", "SignInService", "Start"]
CHALLENGE = {"WWW-Authenticate": "Bearer"}
TOKEN_BYTES = 32
_SUCCESSOR = "refresh token after"


def _secret() -> str:
    return secrets.token_urlsafe(TOKEN_BYTES)


@dataclass(frozen=True)
class Start:
    """A sign-in that begins: the secret that stands for it, and for a program the first that turns."""

    kind: SignInKind
    device: str
    shared: str = field(default_factory=_secret)
    first: str | None = None
    provider: str | None = None
    """Who has shown who they are, where it was not a password."""


@dataclass(frozen=True)
class SignInService:
    sign_ins: SignInRepository
    identity: IdentityService
    audit: AuditService
    tokens: TokenSigner
    transactions: Transactions
    limits: LimitService
    clock: Clock

    async def sign_in_program(self, given: SignIn, asked: AskedFrom) -> Tokens:
        """An access token and the refresh token for the next.

        Raises:
            InvalidCredentials: after the same time whether or not there is such a user.
            TooManyAttempts: too many of them failed.
        """
        start = Start(SignInKind.PROGRAM, asked.device, first=_secret())
        _, kept = await self._sign_in(given, asked, start)
        return self._tokens(kept, f"{start.shared}.{start.first}")

    async def sign_in_browser(self, given: SignIn, asked: AskedFrom) -> tuple[str, User]:
        """A token for the cookie, good for `BROWSER_LIFETIME`, and whose it is.

        Raises:
            InvalidCredentials: after the same time whether or not there is such a user.
            TooManyAttempts: too many of them failed.
        """
        start = Start(SignInKind.BROWSER, asked.device)
        user, _ = await self._sign_in(given, asked, start)
        return start.shared, user

    async def refresh(self, token: str, retry_key: str | None) -> Tokens:
        """The next two tokens. A token that was used before ends the sign-in: one of two holders has stolen it.

        Args:
            token: the refresh token.
            retry_key: with the same one, the last use can be repeated within `GRACE` for the same answer.

        Raises:
            RefreshTokenInvalid: there is nothing to refresh, or not any more.
        """
        family, _, presented = token.partition(".")
        successor = self.tokens.derive(_SUCCESSOR, token)

        async def turn(tx: Transaction) -> KeptSignIn | None:
            kept = await self.sign_ins.by_digest(SYSTEM, digest(family), SignInKind.PROGRAM, tx)
            if kept is None or kept.turn is None or kept.expires_at <= self.clock.now():
                return None
            use = use_of(kept.turn, presented, successor, retry_key, self.clock.now())
            return kept if await self._turned(kept, use, successor, retry_key, tx) else None

        kept = await self.transactions.run(turn)
        if kept is None:
            raise RefreshTokenInvalid(headers=CHALLENGE)
        return self._tokens(kept, f"{family}.{successor}")

    async def caller(self, token: str) -> Caller:
        """Who an access token belongs to, touching nothing yet.

        Raises:
            NotSignedIn: the token is not valid, or its sign-in has ended.
        """
        claims = self.tokens.read(token)
        kept = await self.sign_ins.by_id(SYSTEM, claims.sign_in_id) if claims else None
        if kept is None or kept.kind is not SignInKind.PROGRAM:
            raise NotSignedIn(headers=CHALLENGE)
        return self._caller(kept)

    async def browser_caller(self, token: str) -> Caller:
        """Who a cookie belongs to, touching nothing yet.

        Raises:
            NotSignedIn: the token is unknown, signed out or over.
        """
        kept = await self.sign_ins.by_digest(SYSTEM, digest(token), SignInKind.BROWSER)
        if kept is None:
            raise NotSignedIn(headers=CHALLENGE)
        return self._caller(kept)

    async def sign_out(self, kind: SignInKind, token: str) -> None:
        """End what a cookie, or any refresh token of a sign-in, stands for; nothing happens when that is nothing."""
        shared = token.partition(".")[0]

        async def end(tx: Transaction) -> None:
            if kept := await self.sign_ins.by_digest(SYSTEM, digest(shared), kind, tx):
                await self.end(Caller.without_reach(kept.user_id, kept.role), kept.id, tx)

        await self.transactions.run(end)

    async def end(self, caller: Caller, sign_in_id: str, tx: Transaction) -> None:
        """End one of the caller's own sign-ins.

        Raises:
            NotFound: the caller has none of this id.
        """
        if not await self.sign_ins.remove(caller, caller.id, sign_in_id, tx):
            raise NotFound
        await self.audit.note(caller, "signed out", caller.id, {"sign_in": sign_in_id}, tx)

    async def end_all(self, caller: Caller, user_id: str, tx: Transaction, keep: str | None = None) -> None:
        """End every sign-in of a user, but perhaps one that is to be kept."""
        ended = await self.sign_ins.remove_all(caller, user_id, keep, tx)
        await self.audit.note(caller, "signed out everywhere", user_id, {"ended": ended}, tx)

    async def set_role(self, caller: Caller, user_id: str, role: Role, tx: Transaction) -> None:
        """Let those who are signed in have the role that their user has now."""
        await self.sign_ins.set_role(caller, user_id, role, tx)

    async def admit(self, caller: Caller, asked: AskedFrom) -> Admitted:
        """An attempt to show the caller's password, to be made before the transaction begins.

        Raises:
            TooManyAttempts: too many of them failed.
        """
        user = await self.identity.user(caller, caller.id)
        return await self.limits.admit(Attempt(user.email, asked.address, asked.known_by))

    async def check_password(
        self, user: User, given: SecretStr, admitted: Admitted, field: str, tx: Transaction
    ) -> None:
        """Let nobody pass who does not know a user's password.

        Raises:
            InvalidCredentials: of this field; it is another.
        """
        if not await self.identity.user_with_password(user.email, given.get_secret_value()):
            await self.limits.failed(admitted, user)
            raise InvalidCredentials(field=field)
        await self.limits.passed(admitted, tx)

    async def is_fresh(self, caller: Caller) -> bool:
        """Whether the caller showed only just now who they are."""
        kept = await self.sign_ins.by_id(caller, caller.sign_in_id or "")
        return kept is not None and self.clock.now() - kept.created_at <= FRESH_FOR

    async def page(self, caller: Caller, page: PageRequest) -> Page[SignInView]:
        """The caller's own sign-ins."""
        return (await self.sign_ins.page(caller, page)).map(lambda kept: SignInView.of(kept, caller.sign_in_id))

    async def begin(self, known: User, start: Start, tx: Transaction) -> tuple[User, KeptSignIn] | None:
        """Sign a user in who has shown who they are; None if they may not any more."""
        user = await self.identity.begin(known, tx)
        if user is None:
            return None
        kept = self._kept(user, start)
        await self.sign_ins.add(SYSTEM, kept, tx)
        caller = Caller.without_reach(user.id, user.role)
        by = {"provider": start.provider} if start.provider else {}
        await self.audit.note(caller, "signed in", user.id, {"sign_in": kept.id, "kind": kept.kind, **by}, tx)
        return user, kept

    async def _sign_in(self, given: SignIn, asked: AskedFrom, start: Start) -> tuple[User, KeptSignIn]:
        admitted = await self.limits.admit(Attempt(given.email, asked.address, asked.known_by))
        known = await self.identity.user_with_password(given.email, given.password.get_secret_value())

        async def begin(tx: Transaction) -> tuple[User, KeptSignIn] | None:
            begun = await self.begin(known, start, tx) if known else None
            if begun:
                await self.limits.passed(admitted, tx)
            return begun

        if begun := await self.transactions.run(begin):
            return begun
        await self.limits.failed(admitted, await self.identity.user_with_email(SYSTEM, given.email.lower()))
        raise InvalidCredentials

    async def _turned(self, kept: KeptSignIn, use: Use, successor: str, retry_key: str | None, tx: Transaction) -> bool:
        if use is Use.REUSE:
            await self.sign_ins.remove(SYSTEM, kept.user_id, kept.id, tx)
            await self.audit.note(SYSTEM, "refresh token reused", kept.user_id, {"sign_in": kept.id}, tx)
            return False
        if use is Use.TURN:
            retry = digest(retry_key) if retry_key else None
            turn = Turn(digest=digest(successor), at=self.clock.now(), retry_digest=retry)
            await self.sign_ins.turn(SYSTEM, kept.id, turn, tx)
        return True

    def _kept(self, user: User, start: Start) -> KeptSignIn:
        now = self.clock.now()
        return KeptSignIn(
            id=new_id(),
            user_id=user.id,
            role=user.role,
            kind=start.kind,
            device=start.device,
            token_digest=digest(start.shared),
            turn=Turn(digest=digest(start.first), at=now) if start.first else None,
            created_at=now,
            expires_at=now + LIFETIMES[start.kind],
        )

    def _tokens(self, kept: KeptSignIn, refresh_token: str) -> Tokens:
        left = kept.expires_at - self.clock.now()
        return Tokens(
            access_token=self.tokens.sign(Claims(user_id=kept.user_id, sign_in_id=kept.id)),
            expires_in=self.tokens.lifetime_seconds,
            refresh_token=refresh_token,
            refresh_expires_in=int(left.total_seconds()),
        )

    def _caller(self, kept: KeptSignIn) -> Caller:
        if kept.expires_at <= self.clock.now():
            raise NotSignedIn(headers=CHALLENGE)
        return Caller.without_reach(kept.user_id, kept.role, kept.id)
