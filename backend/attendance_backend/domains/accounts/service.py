"""Makes links that can be used once, and takes them. Of a link's secret only the digest is kept."""

import hashlib
from dataclasses import dataclass
from datetime import timedelta

from attendance_backend.documents import new_id
from attendance_backend.domains.accounts.errors import LinkInvalid
from attendance_backend.domains.accounts.policy import LIFETIMES, PAGES, RESET_EVERY, SUBJECTS, TEXTS
from attendance_backend.domains.accounts.repository import LinkRepository
from attendance_backend.domains.accounts.schemas import AccountLink, InvitationView, LinkPurpose, NewInvitation
from attendance_backend.domains.identity.schemas import SYSTEM, Caller, User
from attendance_backend.domains.outbox.schemas import NewMail, SecretLink
from attendance_backend.domains.outbox.service import OutboxService
from attendance_backend.paging import Page, PageRequest
from attendance_backend.ports.clock import Clock
from attendance_backend.ports.store import Transaction
from attendance_backend.ports.tokens import TokenSigner
from attendance_kit.errors import NotFound


@dataclass(frozen=True)
class LinkService:
    links: LinkRepository
    outbox: OutboxService
    tokens: TokenSigner
    clock: Clock

    async def invite(self, caller: Caller, new: NewInvitation, tx: Transaction) -> AccountLink:
        """A link for somebody who has no account yet."""
        kept = self._new(LinkPurpose.INVITATION, new.email, LIFETIMES[LinkPurpose.INVITATION])
        return await self._hand_out(caller, kept.model_copy(update=new.model_dump()), tx)

    async def reset(self, caller: Caller, user: User, lifetime: timedelta, tx: Transaction) -> AccountLink:
        """A link by which a user chooses a new password."""
        kept = self._new(LinkPurpose.PASSWORD_RESET, user.email, lifetime)
        return await self._hand_out(caller, kept.model_copy(update={"user_id": user.id}), tx)

    async def take(self, purpose: LinkPurpose, secret: str, tx: Transaction) -> AccountLink:
        """The link of a secret, used up with this.

        Raises:
            LinkInvalid: there is none for this purpose, or not any more.
        """
        kept, now = await self.links.by_digest(SYSTEM, _digest(secret), tx), self.clock.now()
        if kept is None or kept.purpose is not purpose or kept.expires_at <= now:
            raise LinkInvalid
        if not await self.links.use(SYSTEM, kept.id, now, tx):
            raise LinkInvalid
        return kept

    async def page(self, caller: Caller, page: PageRequest) -> Page[InvitationView]:
        now = self.clock.now()
        kept = await self.links.page(caller, LinkPurpose.INVITATION, page)
        return kept.map(lambda link: InvitationView.of(link, now))

    async def revoke(self, caller: Caller, invitation_id: str, tx: Transaction) -> None:
        """Take an invitation back.

        Raises:
            NotFound: there is none, or it was accepted.
        """
        if not await self.links.remove_unused(caller, invitation_id, LinkPurpose.INVITATION, tx):
            raise NotFound

    async def forget_resets(self, caller: Caller, user_id: str, tx: Transaction) -> None:
        """Make every unused link of a user worthless."""
        await self.links.remove_all_unused(caller, user_id, tx)

    async def was_reset_lately(self, user: User, tx: Transaction) -> bool:
        """Whether the user was given a link in the last minutes."""
        return await self.links.made_since(SYSTEM, user.id, self.clock.now() - RESET_EVERY, tx)

    def shown(self, purpose: LinkPurpose, link_id: str) -> str | None:
        """The link in full, for an administrator to hand over; None where it is sent by mail."""
        return None if self.outbox.sends else self.outbox.address_of(_secret_link(purpose, link_id))

    def _new(self, purpose: LinkPurpose, email: str, lifetime: timedelta) -> AccountLink:
        link_id, now = new_id(), self.clock.now()
        return AccountLink(
            id=link_id,
            purpose=purpose,
            digest=_digest(self.tokens.derive(purpose, link_id)),
            email=email,
            created_at=now,
            expires_at=now + lifetime,
        )

    async def _hand_out(self, caller: Caller, kept: AccountLink, tx: Transaction) -> AccountLink:
        await self.links.add(caller, kept, tx)
        if self.outbox.sends:
            link = _secret_link(kept.purpose, kept.id)
            mail = NewMail(to=kept.email, subject=SUBJECTS[kept.purpose], text=TEXTS[kept.purpose], link=link)
            await self.outbox.queue(caller, mail, tx)
        return kept


def _secret_link(purpose: LinkPurpose, link_id: str) -> SecretLink:
    return SecretLink(page=PAGES[purpose], purpose=purpose, of=link_id)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
