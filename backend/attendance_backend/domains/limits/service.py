"""Lets attempts to sign in through, or tells them to wait. By account above all: a school has one address."""

import hashlib
import math
from dataclasses import dataclass

from attendance_backend.domains.audit.service import AuditService
from attendance_backend.domains.identity.schemas import SYSTEM, User
from attendance_backend.domains.limits.errors import TooManyAttempts
from attendance_backend.domains.limits.policy import FORGOTTEN_AFTER, KNOWN_DEVICE, KNOWN_FOR, UNKNOWN_DEVICE, is_told
from attendance_backend.domains.limits.repository import LimitRepository
from attendance_backend.domains.limits.schemas import Admitted, Attempt, Guard, KnownDevice
from attendance_backend.ports.clock import Clock
from attendance_backend.ports.limits import FailureLimit
from attendance_backend.ports.store import Transaction, Transactions
from attendance_backend.ports.tokens import TokenSigner

__all__ = ["KNOWN_FOR", "LimitService", "TooManyAttempts"]
_TRIES = 20
"""So many others may count at the same moment before an attempt is told to come again."""


@dataclass(frozen=True)
class LimitService:
    limits: LimitRepository
    addresses: FailureLimit
    audit: AuditService
    tokens: TokenSigner
    transactions: Transactions
    clock: Clock

    async def admit(self, attempt: Attempt) -> Admitted:
        """An attempt that may be made now. It counts as failed until `passed` is told otherwise.

        Raises:
            TooManyAttempts: not before the time that Retry-After tells.
        """
        account = self._account(attempt)
        known = attempt.device is not None and await self.limits.knows(
            SYSTEM, self._device_id(account, attempt.device), self.clock.now()
        )
        guard_id = f"{account}:{_digest(attempt.device) if known and attempt.device else 'unknown'}"
        wait = 0.0 if known else await self.addresses.wait(attempt.address)
        if wait > 0:
            raise _come_again(wait)
        failures = await self._count(guard_id, known=known)
        return Admitted(attempt, guard_id, failures, known)

    async def passed(self, admitted: Admitted, tx: Transaction) -> None:
        """Forget the failures, and know the device from now on."""
        await self.limits.forget(SYSTEM, admitted.guard_id, tx)
        device = admitted.attempt.device
        if device and not admitted.is_known_device:
            device_id = self._device_id(self._account(admitted.attempt), device)
            known = KnownDevice(id=device_id, expires_at=self.clock.now() + KNOWN_FOR)
            await self.limits.remember(SYSTEM, known, tx)

    async def failed(self, admitted: Admitted, user: User | None) -> None:
        """Tell of a failure, though not of each; `user` is whose account it was, if there is one.

        It takes as long for an account that there is not.
        """
        await self.failed_from(admitted.attempt.address)
        if not is_told(admitted.failures):
            return

        async def tell(tx: Transaction) -> None:
            if user is None:
                await self.limits.touch(SYSTEM, admitted.guard_id, self.clock.now(), tx)
                return
            details = {"failures": admitted.failures, "known_device": admitted.is_known_device}
            await self.audit.note(SYSTEM, "sign-in failed", user.id, details, tx)

        await self.transactions.run(tell)

    async def admit_request(self, address: str) -> None:
        """Pass a request of somebody unknown that could be made too often; it counts like a failure.

        Raises:
            TooManyAttempts: the address has made too many.
        """
        await self.admit_address(address)
        await self.addresses.count(address)

    async def admit_address(self, address: str) -> None:
        """Pass a request of an address that has not failed too often; only `failed_from` counts.

        Raises:
            TooManyAttempts: it has.
        """
        if (wait := await self.addresses.wait(address)) > 0:
            raise _come_again(wait)

    async def failed_from(self, address: str) -> None:
        """Count a failure of an address, and tell of the one that fills its measure."""
        if await self.addresses.count(address):
            await self.transactions.run(self._tell_of_address)

    async def _tell_of_address(self, tx: Transaction) -> None:
        # Which one is personal data that the audit log would keep for good; the gateway's own log has it.
        await self.audit.note(SYSTEM, "sign-ins refused by address", "addresses", {}, tx)

    async def _count(self, guard_id: str, *, known: bool) -> int:
        """Count before the password is looked at: of many tries at the same moment each finds those before it."""
        patience = KNOWN_DEVICE if known else UNKNOWN_DEVICE
        for _ in range(_TRIES):
            now, seen = self.clock.now(), await self.limits.guard(SYSTEM, guard_id)
            # One that is further off was set before the clock was set back: nobody is locked out for as long as that.
            if seen and now < seen.not_before <= now + patience.longest:
                raise _come_again((seen.not_before - now).total_seconds())
            failures = 1 + (seen.failures if seen and seen.expires_at > now else 0)
            guard = Guard(
                id=guard_id,
                failures=failures,
                not_before=now + patience.wait(failures),
                expires_at=now + FORGOTTEN_AFTER,
            )
            if await self.limits.replace(SYSTEM, seen, guard):
                return failures
        raise _come_again(1)

    def _account(self, attempt: Attempt) -> str:
        return self.tokens.derive("limits of", attempt.email.lower())

    def _device_id(self, account: str, device: str) -> str:
        return _digest(f"{account}\n{device}")


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _come_again(seconds: float) -> TooManyAttempts:
    return TooManyAttempts(headers={"Retry-After": str(math.ceil(seconds))})
