"""A mail that waits, and the secret link in it, which is made only when it is sent."""

from datetime import datetime

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


class WaitingMail(Document):
    """A mail as kept until it is sent, which nobody else may try before `due`."""

    mail: NewMail
    due: datetime
    attempts: int = 0
    expires_at: datetime
