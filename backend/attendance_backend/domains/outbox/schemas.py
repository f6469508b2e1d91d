"""A mail that waits, and the secret link in it, which is made only when it is sent."""

from datetime import datetime
from typing import Protocol

from pydantic import BaseModel, ConfigDict

from attendance_backend.documents import Document

LINK = "{link}"
"""Where in a text its link belongs."""


class SecretLink(BaseModel):
    """A page of the web app with a secret that is derived from `purpose` and `of`, and so lies in no database."""

    model_config = ConfigDict(frozen=True)

    page: str
    purpose: str
    of: str


class NewMail(BaseModel):
    """What is to be sent to one person."""

    model_config = ConfigDict(frozen=True)

    to: str
    subject: str
    text: str
    link: SecretLink | None = None
    one_click: SecretLink | None = None
    """By which the person has no more such mail; it stands below the text, and in the header for it."""
    about: str | None = None
    """What a `Follower` knows the mail by."""


class WaitingMail(Document):
    """A mail as kept until it is sent, which nobody else may try before `due`."""

    mail: NewMail
    due: datetime
    attempts: int = 0
    expires_at: datetime


class Follower(Protocol):
    """Who wants to know what becomes of a mail that is about something of theirs."""

    async def still_wanted(self, about: str) -> bool:
        """Asked right before each try."""

    async def settled(self, about: str, reason: str | None) -> None:
        """The mail was sent, or given up for a reason."""
