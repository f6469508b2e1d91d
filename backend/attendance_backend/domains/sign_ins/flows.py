"""A new password and what follows from it: whoever is signed in elsewhere has to know it."""

from dataclasses import dataclass

from attendance_backend.domains.identity.schemas import Caller, User
from attendance_backend.domains.identity.service import IdentityService
from attendance_backend.domains.limits.schemas import Admitted
from attendance_backend.domains.sign_ins.schemas import AskedFrom, NewPassword
from attendance_backend.domains.sign_ins.service import SignInService
from attendance_backend.ports.store import Transaction


@dataclass(frozen=True)
class PasswordFlows:
    identity: IdentityService
    sign_ins: SignInService

    async def admit(self, caller: Caller, asked: AskedFrom) -> Admitted:
        """An attempt to show the caller's password, to be made before the transaction begins.

        Raises:
            TooManyAttempts: too many of them failed.
        """
        return await self.sign_ins.admit(caller, asked)

    async def change(self, caller: Caller, new: NewPassword, admitted: Admitted, tx: Transaction) -> None:
        """Change the caller's password, and end every sign-in of theirs but the one that asks.

        Hashing is done in the transaction: a request that is repeated must find its first answer before it finds that
        the old password is wrong by now.

        Raises:
            InvalidCredentials: the old password is another.
            PasswordTooCommon, PasswordTellsWho: of the new one.
        """
        user = await self.identity.user(caller, caller.id)
        password_hash = await self.identity.hash_password(new.password, user.email, user.name)
        await self.sign_ins.check_password(user, new.old_password, admitted, "old_password", tx)
        await self.set(caller, user, password_hash, tx, keep=caller.sign_in_id)

    async def set(
        self, caller: Caller, user: User, password_hash: str, tx: Transaction, keep: str | None = None
    ) -> None:
        """Give a user this password and end every sign-in of theirs but the one to keep."""
        await self.identity.set_password(caller, user.id, password_hash, tx)
        await self.sign_ins.end_all(caller, user.id, tx, keep)
