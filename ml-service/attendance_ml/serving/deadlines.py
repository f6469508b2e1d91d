"""How long the caller still waits. Work for nobody is dropped, never finished."""

import time
from dataclasses import dataclass, field

from fastapi import Request

from attendance_contract.errors import ErrorCode
from attendance_contract.headers import REQUEST_TIMEOUT_MS
from attendance_kit.errors import InvalidRequest, ServiceError

PRESENCE = "attendance_ml.presence"
"""Where a request's `Presence` stands in its ASGI scope."""


class DeadlineExceeded(ServiceError):
    status, code, title = 504, ErrorCode.DEADLINE_EXCEEDED, "The caller's time has passed"


@dataclass
class Presence:
    """Whether the caller is still connected."""

    is_over: bool = False


@dataclass(frozen=True)
class Deadline:
    """A moment of `time.monotonic()`, or none; and the end of the caller's presence, whichever comes first."""

    at: float | None
    presence: Presence = field(default_factory=Presence)

    def check(self) -> None:
        """Raises DeadlineExceeded once nobody waits any more."""
        if self.presence.is_over:
            raise DeadlineExceeded("The caller has gone; the work was dropped.")
        if self.at is not None and time.monotonic() >= self.at:
            raise DeadlineExceeded("The time that the caller gave has passed; the work was dropped.")


def deadline_of(request: Request) -> Deadline:
    """The deadline in the request's header, counted from now.

    Raises:
        InvalidRequest: the header is no whole number of milliseconds.
    """
    presence = request.scope.get(PRESENCE) or Presence()
    given = request.headers.get(REQUEST_TIMEOUT_MS)
    if given is None:
        return Deadline(None, presence)
    if not given.isascii() or not given.isdigit() or len(given) > 9:  # noqa: PLR2004  # nine digits are eleven days
        raise InvalidRequest(f"{REQUEST_TIMEOUT_MS} is a whole number of milliseconds.", field=REQUEST_TIMEOUT_MS)
    return Deadline(time.monotonic() + int(given) / 1000, presence)
