"""Attempts to sign in, and what is kept of those that failed."""

from dataclasses import dataclass
from datetime import datetime

from attendance_backend.documents import Document


@dataclass(frozen=True)
class Attempt:
    """Somebody tries: for which account, from which address, and by which secret the device was given before."""

    email: str
    address: str
    device: str | None = None


@dataclass(frozen=True)
class Admitted:
    """An attempt that may be made. It is counted already: `failures` is how many there will be if it fails."""

    attempt: Attempt
    guard_id: str
    failures: int
    is_known_device: bool


class Guard(Document):
    """Failed attempts on one account, by one known device or by all unknown ones. The id names neither."""

    failures: int
    not_before: datetime
    expires_at: datetime


class KnownDevice(Document):
    """A device on which somebody has signed in to an account. The id is made of both, and names neither."""

    expires_at: datetime
