"""Signing in by a provider: who came back, whose account that is, and from there as with a password."""

from dataclasses import dataclass

from attendance_backend.domains.audit.service import AuditService
from attendance_backend.domains.identity.schemas import SYSTEM, User
from attendance_backend.domains.limits.service import LimitService
from attendance_backend.domains.openid.errors import EmailNotVerified, IdentityTaken, NoAccount
from attendance_backend.domains.openid.schemas import Return
from attendance_backend.domains.openid.service import OpenIdService
from attendance_backend.domains.sign_ins.schemas import AskedFrom, SignInKind
from attendance_backend.domains.sign_ins.service import SignInService, Start
from attendance_backend.ports.openid import Told
from attendance_backend.ports.store import Transaction, Transactions
from attendance_kit.errors import ServiceError

REFUSALS = (EmailNotVerified, IdentityTaken, NoAccount)


@dataclass(frozen=True)
class OpenIdFlows:
    openid: OpenIdService
    sign_ins: SignInService
    limits: LimitService
    audit: AuditService
    transactions: Transactions

    async def sign_in(self, provider_id: str, kept: str | None, given: Return, asked: AskedFrom) -> tuple[str, User]:
        """A token for the cookie, and whose it is.

        Args:
            provider_id: where the browser was.
            kept: what it kept meanwhile.
            given: what it came back with.
            asked: where the request comes from.

        Raises:
            TooManyAttempts: too many from this address failed.
            SignInNotBegun, ProviderUnreachable, ProviderAnswerInvalid: nobody can say who they are.
            EmailNotVerified, NoAccount, IdentityTaken: who they are opens no account; NoAccount too where the account
                is deactivated.
        """
        await self.limits.admit_address(asked.address)
        try:
            told = await self.openid.come_back(provider_id, kept, given)
            return await self._begin(provider_id, told, asked)
        except ServiceError:
            await self.limits.failed_from(asked.address)
            raise

    async def _begin(self, provider_id: str, told: Told, asked: AskedFrom) -> tuple[str, User]:
        start = Start(SignInKind.BROWSER, asked.device, provider=provider_id)

        async def begin(tx: Transaction) -> User:
            user = await self.openid.user_of(told, tx)
            begun = await self.sign_ins.begin(user, start, tx)
            if begun is None:
                raise NoAccount
            return begun[0]

        try:
            return start.shared, await self.transactions.run(begin)
        except REFUSALS as refusal:
            await self._tell(provider_id, refusal.code)
            raise

    async def _tell(self, provider_id: str, code: str) -> None:
        """Of a refusal. Who it was is in no entry: the audit log keeps no addresses."""

        async def tell(tx: Transaction) -> None:
            await self.audit.note(SYSTEM, "sign-in by provider refused", provider_id, {"code": code}, tx)

        await self.transactions.run(tell)
