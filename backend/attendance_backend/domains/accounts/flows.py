"""How people come by an account, get back into it, and lose it: users, sign-ins, students and links together."""

from dataclasses import dataclass

from attendance_backend.domains.accounts.errors import LastAdministrator, LinkInvalid, RoleFixed
from attendance_backend.domains.accounts.policy import HANDED_OVER_LIFETIME, LIFETIMES
from attendance_backend.domains.accounts.schemas import (
    Acceptance,
    AccountView,
    InvitationView,
    LinkPurpose,
    LinkView,
    NewInvitation,
    ResetPassword,
)
from attendance_backend.domains.accounts.service import LinkService
from attendance_backend.domains.audit.service import AuditService
from attendance_backend.domains.identity.schemas import SYSTEM, Caller, NewAccount, Role, User, UserView
from attendance_backend.domains.identity.service import IdentityService
from attendance_backend.domains.people.service import PeopleService
from attendance_backend.domains.sign_ins.service import SignInService
from attendance_backend.paging import Page, PageRequest
from attendance_backend.ports.store import Transaction
from attendance_kit.errors import NotFound


@dataclass(frozen=True)
class InvitationFlows:
    links: LinkService
    identity: IdentityService
    people: PeopleService
    audit: AuditService

    async def invite(self, caller: Caller, new: NewInvitation, tx: Transaction) -> InvitationView:
        """Invite somebody.

        Raises:
            EmailTaken: they have an account.
            NotFound: there is no such student.
            AccountTaken: the student has an account.
        """
        await self.identity.check_free(caller, new.email)
        if new.student_id:
            await self.people.check_without_account(caller, new.role, new.student_id, tx)
        kept = await self.links.invite(caller, new, tx)
        await self.audit.note(caller, "invited", kept.id, {"role": new.role, "student": new.student_id}, tx)
        return InvitationView.of(kept, kept.created_at)

    async def revoke(self, caller: Caller, invitation_id: str, tx: Transaction) -> None:
        """Take an invitation back that was not accepted."""
        await self.links.revoke(caller, invitation_id, tx)
        await self.audit.note(caller, "invitation taken back", invitation_id, {}, tx)

    async def accept(self, given: Acceptance, tx: Transaction) -> UserView:
        """Make the account that an invitation is for, and link it with its student.

        Raises:
            LinkInvalid: there is no such invitation, or not any more.
            EmailTaken, AccountTaken: somebody else was faster.
            PasswordTooCommon, PasswordTellsWho: of the password.
        """
        kept = await self.links.take(LinkPurpose.INVITATION, given.secret.get_secret_value(), tx)
        if kept.role is None:
            raise NotFound
        password_hash = await self.identity.hash_password(given.password, kept.email, given.name)
        account = NewAccount(email=kept.email, name=given.name, role=kept.role)
        user = await self.identity.create_user(SYSTEM, account, password_hash, tx, email_verified=kept.mailed)
        if kept.student_id:
            await self.people.link_account(SYSTEM, user, kept.student_id, tx)
        await self.audit.note(
            Caller.without_reach(user.id, user.role), "invitation accepted", kept.id, {"user": user.id}, tx
        )
        return UserView.model_validate(user)


@dataclass(frozen=True)
class ResetFlows:
    links: LinkService
    identity: IdentityService
    sign_ins: SignInService
    audit: AuditService

    async def ask(self, email: str, tx: Transaction) -> None:
        """Send a link to whoever has this address, if somebody has, and none was sent just now."""
        user = await self.identity.user_with_email(SYSTEM, email.lower())
        if user is None or not user.is_active or await self._asked_lately(user, tx):
            return
        await self.links.reset(SYSTEM, user, LIFETIMES[LinkPurpose.PASSWORD_RESET], tx)
        await self.audit.note(SYSTEM, "password reset asked for", user.id, {}, tx)

    async def hand_over(self, caller: Caller, user_id: str, tx: Transaction) -> LinkView:
        """A link for a user that the administrator hands over, without the link itself."""
        user = await self.identity.user(caller, user_id)
        kept = await self.links.reset(caller, user, HANDED_OVER_LIFETIME, tx)
        await self.audit.note(caller, "password reset handed over", user.id, {}, tx)
        return LinkView(id=kept.id, link=None, expires_at=kept.expires_at)

    async def complete(self, given: ResetPassword, tx: Transaction) -> None:
        """Give a user the password that they chose, and end all their sign-ins and other links.

        Raises:
            LinkInvalid: there is no such link, or not any more.
            PasswordTooCommon, PasswordTellsWho: of the password.
        """
        kept = await self.links.take(LinkPurpose.PASSWORD_RESET, given.secret.get_secret_value(), tx)
        user = await self.identity.user(SYSTEM, kept.user_id or "")
        if kept.email != user.email:
            raise LinkInvalid
        password_hash = await self.identity.hash_password(given.password, user.email, user.name)
        caller = Caller.without_reach(user.id, user.role)
        await self.identity.set_password(caller, user.id, password_hash, tx)
        if kept.mailed and not user.email_verified:
            await self.identity.set_email(caller, user, user.email, verified=True, tx=tx)
        await self.sign_ins.end_all(caller, user.id, tx)
        await self.links.forget(caller, user.id, tx)

    async def _asked_lately(self, user: User, tx: Transaction) -> bool:
        return await self.links.was_asked_lately(user, LinkPurpose.PASSWORD_RESET, tx)


@dataclass(frozen=True)
class AccountFlows:
    """What administrators do with users."""

    identity: IdentityService
    sign_ins: SignInService
    links: LinkService

    async def deactivate(self, caller: Caller, user_id: str, tx: Transaction) -> AccountView:
        """Let a user in no more, from this moment on.

        Raises:
            NotFound: there is no such user.
            LastAdministrator: nobody else could run the institution.
        """
        user = await self.identity.user(caller, user_id, tx)
        await self._spare_one(caller, user, tx)
        changed = await self.identity.set_active(caller, user, active=False, tx=tx)
        await self.sign_ins.end_all(caller, user_id, tx)
        await self.links.forget(caller, user_id, tx)
        return view(changed)

    async def reactivate(self, caller: Caller, user_id: str, tx: Transaction) -> AccountView:
        """Let a user in again, by the password that they had."""
        user = await self.identity.user(caller, user_id, tx)
        return view(await self.identity.set_active(caller, user, active=True, tx=tx))

    async def set_role(self, caller: Caller, user_id: str, role: Role, tx: Transaction) -> AccountView:
        """Give a user another role, wherever they are signed in.

        Raises:
            NotFound: there is no such user.
            RoleFixed: they are a student or guardian.
            LastAdministrator: nobody else could run the institution.
        """
        user = await self.identity.user(caller, user_id, tx)
        if user.role not in {Role.ADMINISTRATOR, Role.TEACHER}:
            raise RoleFixed
        if role is not Role.ADMINISTRATOR:
            await self._spare_one(caller, user, tx)
        changed = await self.identity.set_role(caller, user, role, tx)
        await self.sign_ins.set_role(caller, user_id, role, tx)
        return view(changed)

    async def page(self, caller: Caller, email: str | None, role: Role | None, page: PageRequest) -> Page[AccountView]:
        return (await self.identity.users(caller, email, role, page)).map(view)

    async def _spare_one(self, caller: Caller, user: User, tx: Transaction) -> None:
        if user.role is Role.ADMINISTRATOR and not await self.identity.has_another_administrator(caller, user, tx):
            raise LastAdministrator


def view(user: User) -> AccountView:
    """A user as administrators see them."""
    return AccountView(
        **user.model_dump(include={"id", "email", "email_verified", "name", "role", "created_at", "signed_in_at"}),
        is_active=user.is_active,
    )
