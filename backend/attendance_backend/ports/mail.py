"""Sending of mail: one message to one person, plain text."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Mail:
    """`id` becomes the Message-ID, so that a mail that came twice can be told to be one."""

    id: str
    to: str
    subject: str
    text: str
    unsubscribe: str | None = None
    """The https address that a mail program posts to, to have no more such mail (RFC 8058)."""


class Mailer(Protocol):
    async def send(self, mail: Mail) -> None:
        """Hand a mail to the server.

        Raises:
            MailNotTakenError: the server did not take it.
        """


class MailNotTakenError(Exception):
    """A mail was not taken. `for_good`: trying again changes nothing, such as with an address that there is not."""

    def __init__(self, reason: str, *, for_good: bool = False) -> None:
        super().__init__(reason)
        self.for_good = for_good
