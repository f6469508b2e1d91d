"""Makes links that can be used once, and takes them. Of a link's secret only the digest is kept."""

import hashlib
from dataclasses import dataclass
from datetime import timedelta

from attendance_backend.documents import new_id
from attendance_backend.domains.accounts.errors import LinkInvalid
from attendance_backend.domains.accounts.policy import ASKED_EVERY, IN_USE, LIFETIMES, PAGES, SUBJECTS, TEXTS
from attendance_backend.domains.accounts.repository import LinkRepository
from attendance_backend.domains.accounts.schemas import AccountLink, InvitationView, LinkPurpose, NewInvitation, Word
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

    async def address(
        self, caller: Caller, user: User, email: str, tx: Transaction, *, in_use: bool = False
    ) -> AccountLink:
        """A link by which this becomes a user's address; no earlier one of theirs does so any more.

        Where it is `in_use` by somebody else, that is what is mailed to it: nobody ever gets the link.
        """
        await self.links.remove_all_unused(caller, user.id, [LinkPurpose.ADDRESS], tx)
        made = self._new(LinkPurpose.ADDRESS, email, LIFETIMES[LinkPurpose.ADDRESS])
        kept = made.model_copy(update={"user_id": user.id, "basis": self.basis_of(user)})
        if not in_use:
            return await self._hand_out(caller, kept, tx)
        await self.links.add(caller, kept, tx)
        await self.tell(caller, email, IN_USE, tx)
        return kept

    def basis_of(self, user: User) -> str:
        """What a link to another address is worth nothing without: whoever doubts it chooses another password."""
        return self.tokens.derive("basis of a link", user.password_hash)

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

    async def forget(self, caller: Caller, user_id: str, tx: Transaction) -> None:
        """Make every unused link of a user worthless."""
        await self.links.remove_all_unused(caller, user_id, list(LinkPurpose), tx)

    async def was_asked_lately(self, user: User, purpose: LinkPurpose, tx: Transaction) -> bool:
        """Whether the user was given a link for this in the last minutes."""
        now = self.clock.now()
        return await self.links.made_since(SYSTEM, user.id, purpose, now - ASKED_EVERY, now, tx)

    @property
    def sends(self) -> bool:
        """Whether links are sent by mail; else the administrator hands them over."""
        return self.outbox.sends

    async def tell(self, caller: Caller, to: str, word: Word, tx: Transaction) -> None:
        """Send somebody a word, where mail is sent."""
        if self.sends:
            await self.outbox.queue(caller, NewMail(to=to, subject=word.subject, text=word.text), tx)

    def shown(self, purpose: LinkPurpose, link_id: str) -> str | None:
        """The link in full, for an administrator to hand over; None where it is sent by mail."""
        return None if self.sends else self.outbox.address_of(_secret_link(purpose, link_id))

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
        kept = kept.model_copy(update={"mailed": self.sends})
        await self.links.add(caller, kept, tx)
        if self.sends:
            link = _secret_link(kept.purpose, kept.id)
            mail = NewMail(to=kept.email, subject=SUBJECTS[kept.purpose], text=TEXTS[kept.purpose], link=link)
            await self.outbox.queue(caller, mail, tx)
        return kept


def _secret_link(purpose: LinkPurpose, link_id: str) -> SecretLink:
    return SecretLink(page=PAGES[purpose], purpose=purpose, of=link_id)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
