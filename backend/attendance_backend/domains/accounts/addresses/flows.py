"""Another address for an account, or proof of the one it has. Nobody learns here who else has which address.

It holds once somebody opens what was mailed to it; the address before hears of it when it is asked for and when it is
done. Sign-ins stay. The office may set an address itself.
"""

from dataclasses import dataclass

from attendance_backend.domains.accounts.addresses.errors import NoMailSent, SignInTooOld
from attendance_backend.domains.accounts.addresses.schemas import ConfirmedAddress, GivenLink, SetAddress, WantedAddress
from attendance_backend.domains.accounts.errors import LinkInvalid
from attendance_backend.domains.accounts.flows import view
from attendance_backend.domains.accounts.policy import ASKED_EVERY, ASKED_FOR_ANOTHER, HAS_ANOTHER
from attendance_backend.domains.accounts.schemas import AccountView, LinkPurpose, LinkView
from attendance_backend.domains.accounts.service import LinkService
from attendance_backend.domains.audit.service import AuditService
from attendance_backend.domains.identity.schemas import SYSTEM, Caller, User
from attendance_backend.domains.identity.service import IdentityService
from attendance_backend.domains.limits.schemas import Admitted
from attendance_backend.domains.limits.service import TooManyAttempts
from attendance_backend.domains.sign_ins.schemas import AskedFrom
from attendance_backend.domains.sign_ins.service import SignInService
from attendance_backend.ports.store import Transaction


@dataclass(frozen=True)
class AddressFlows:
    links: LinkService
    identity: IdentityService
    sign_ins: SignInService
    audit: AuditService

    async def admit(self, caller: Caller, asked: AskedFrom) -> Admitted:
        """An attempt to show the caller's password, to be made before the transaction begins.

        Raises:
            NoMailSent: there is no mail server.
            TooManyAttempts: too many of them failed.
        """
        self._check_mail()
        return await self.sign_ins.admit(caller, asked)

    async def ask(self, caller: Caller, wanted: WantedAddress, admitted: Admitted, tx: Transaction) -> None:
        """Send a link to the address that the caller wants to have; where somebody has it, that is told there alone.

        Raises:
            InvalidCredentials: the password is another.
            SignInTooOld: the account has no password, and its owner signed in a while ago.
            TooManyAttempts: a link was sent just now.
        """
        user = await self.identity.user(caller, caller.id, tx)
        if user.has_password:
            await self.sign_ins.check_password(user, wanted.password, admitted, "password", tx)
        elif not await self.sign_ins.is_fresh(caller):
            raise SignInTooOld
        await self._check_patience(user, tx)
        other = await self.identity.user_with_email(caller, wanted.email)
        await self.links.address(caller, user, wanted.email, tx, in_use=other is not None and other.id != user.id)
        if wanted.email != user.email:
            await self.links.tell(caller, user.email, ASKED_FOR_ANOTHER, tx)
        await self.audit.note(caller, "e-mail address asked for", user.id, {}, tx)

    async def ask_for_proof(self, caller: Caller, tx: Transaction) -> None:
        """Send a link by which the caller shows that their address is theirs, unless that is known.

        Raises:
            NoMailSent: there is no mail server.
            TooManyAttempts: a link was sent just now.
        """
        self._check_mail()
        user = await self.identity.user(caller, caller.id, tx)
        if user.email_verified:
            return
        await self._check_patience(user, tx)
        await self.links.address(caller, user, user.email, tx)
        await self.audit.note(caller, "e-mail address to be confirmed", user.id, {}, tx)

    async def confirm(self, given: GivenLink, tx: Transaction) -> ConfirmedAddress:
        """Give an account the address of a link. It counts as theirs where the link came by mail.

        Raises:
            LinkInvalid: there is no such link, or not any more; or the account's password is another since.
            EmailTaken: somebody else has the address by now.
        """
        kept = await self.links.take(LinkPurpose.ADDRESS, given.secret.get_secret_value(), tx)
        user = await self.identity.user(SYSTEM, kept.user_id or "", tx)
        if kept.basis != self.links.basis_of(user):
            raise LinkInvalid
        caller = Caller.without_reach(user.id, user.role)
        verified = kept.mailed or (user.email_verified and kept.email == user.email)
        await self._set(caller, user, kept.email, verified=verified, tx=tx)
        return ConfirmedAddress(email=kept.email)

    async def hand_over(self, caller: Caller, user_id: str, email: str, tx: Transaction) -> LinkView:
        """A link by which a user gets this address: mailed there, or told to the administrator, without it itself.

        Raises:
            NotFound: there is no such user.
            EmailTaken: somebody else has the address.
        """
        user = await self.identity.user(caller, user_id, tx)
        if email != user.email:
            await self.identity.check_free(caller, email)
        kept = await self.links.address(caller, user, email, tx)
        await self.audit.note(caller, "e-mail address handed over", user.id, {"mailed": kept.mailed}, tx)
        return LinkView(id=kept.id, link=None, expires_at=kept.expires_at)

    async def set(self, caller: Caller, user_id: str, new: SetAddress, tx: Transaction) -> AccountView:
        """Give a user this address at once.

        Raises:
            NotFound: there is no such user.
            EmailTaken: somebody else has the address.
        """
        user = await self.identity.user(caller, user_id, tx)
        return view(await self._set(caller, user, new.email, verified=new.verified, tx=tx))

    async def _set(self, caller: Caller, user: User, email: str, *, verified: bool, tx: Transaction) -> User:
        changed = await self.identity.set_email(caller, user, email, verified=verified, tx=tx)
        if email != user.email:
            await self.links.forget(caller, user.id, tx)
            await self.links.tell(caller, user.email, HAS_ANOTHER, tx)
        return changed

    def _check_mail(self) -> None:
        if not self.links.sends:
            raise NoMailSent

    async def _check_patience(self, user: User, tx: Transaction) -> None:
        if await self.links.was_asked_lately(user, LinkPurpose.ADDRESS, tx):
            raise TooManyAttempts(headers={"Retry-After": str(int(ASKED_EVERY.total_seconds()))})
