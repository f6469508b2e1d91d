"""Keeps mail with the change it tells of, and sends it after the commit. Of a mail only its id is ever logged."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import structlog

from attendance_backend.documents import new_id
from attendance_backend.domains.identity.schemas import SYSTEM, Caller
from attendance_backend.domains.outbox.policy import KEPT_FOR, LEASE, MAX_ATTEMPTS, wait_after
from attendance_backend.domains.outbox.repository import OutboxRepository
from attendance_backend.domains.outbox.schemas import LINK, Follower, NewMail, SecretLink, WaitingMail
from attendance_backend.ports.clock import Clock
from attendance_backend.ports.mail import Mail, Mailer, MailNotTakenError
from attendance_backend.ports.store import Transaction
from attendance_backend.ports.tokens import TokenSigner

log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True)
class OutboxService:
    """`mailer` is None where no mail server is set: then links are told to the administrator instead."""

    mails: OutboxRepository
    mailer: Mailer | None
    tokens: TokenSigner
    clock: Clock
    public_url: str
    followers: list[Follower] = field(default_factory=list)

    @property
    def sends(self) -> bool:
        """Whether there is a mail server."""
        return self.mailer is not None

    def address_of(self, link: SecretLink) -> str:
        """A link in full. Its secret stands behind the #, which browsers send to no server."""
        return f"{self.public_url}{link.page}#{self.tokens.derive(link.purpose, link.of)}"

    def one_click_of(self, link: SecretLink) -> str:
        """A link in full whose secret stands in the path, since a mail program has to post to it."""
        return f"{self.public_url}{link.page}/{link.of}.{self.tokens.derive(link.purpose, link.of)}"

    async def queue(self, caller: Caller, mail: NewMail, tx: Transaction) -> None:
        """Send a mail once the transaction is committed."""
        await self.mails.add(caller, self._waiting(mail), tx)

    async def queue_many(self, caller: Caller, mails: Sequence[NewMail], tx: Transaction) -> None:
        """Send many mails once the transaction is committed."""
        await self.mails.add_many(caller, [self._waiting(mail) for mail in mails], tx)

    async def send_due(self) -> None:
        """Send what is due. A crash between the server's yes and ours sends a mail again, under the same id."""
        while self.mailer and (seen := await self.mails.first_due(SYSTEM, self.clock.now())):
            if await self.mails.take(SYSTEM, seen, self.clock.now() + LEASE):
                await self._send(self.mailer, seen)

    async def _send(self, mailer: Mailer, waiting: WaitingMail) -> None:
        about, attempts, reason = waiting.mail.about, waiting.attempts + 1, None
        if about and not all([await follower.still_wanted(about) for follower in self.followers]):
            await self.mails.remove(SYSTEM, waiting.id)
            return
        try:
            await mailer.send(self._mail(waiting))
        except MailNotTakenError as error:
            reason = str(error)
            given_up = error.for_good or attempts >= MAX_ATTEMPTS
            log.warning("mail_not_taken", mail=waiting.id, reason=str(error), attempts=attempts, given_up=given_up)
            if not given_up:
                await self.mails.put_off(SYSTEM, waiting.id, self.clock.now() + wait_after(attempts))
                return
        if about:
            for follower in self.followers:
                await follower.settled(about, reason)
        await self.mails.remove(SYSTEM, waiting.id)

    def _mail(self, waiting: WaitingMail) -> Mail:
        new = waiting.mail
        text = new.text.replace(LINK, self.address_of(new.link)) if new.link else new.text
        leave = self.one_click_of(new.one_click) if new.one_click else None
        below = f"\n-- \n{leave}\n" if leave else ""
        return Mail(id=waiting.id, to=new.to, subject=new.subject, text=text + below, unsubscribe=leave)

    def _waiting(self, mail: NewMail) -> WaitingMail:
        now = self.clock.now()
        return WaitingMail(id=new_id(), mail=mail, due=now, expires_at=now + KEPT_FOR)
