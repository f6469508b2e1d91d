"""The rules of webhooks, as pure functions: addresses, signatures, waiting (https://www.standardwebhooks.com)."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from urllib.parse import SplitResult, urlsplit

from attendance_backend.addresses import as_address, may_be_called
from attendance_kit.errors import InvalidRequest

PREFIX = "whsec_"
SECRET_PURPOSE = "sign webhooks"  # noqa: S105  # what the secret is for, not the secret
OVERLAP = timedelta(days=1)
"""So long the secret before signs as well, so that a receiver can change over."""
WAITS = tuple(timedelta(seconds=s) for s in (5, 60, 300, 1_800, 7_200, 18_000, 36_000))
"""Between the tries of a delivery: 17 hours in all, as the specification advises; then it is given up."""
JITTER = 0.2
LEASE = timedelta(seconds=30)
"""Longer than a try may take."""
MAX_FAILURES = 50
"""Tries in a row after which a webhook is disabled: more than six deliveries that were given up."""
GONE_STATUS = 410


def check_url(url: str, *, private: bool) -> None:
    """Pass an address that webhooks may be sent to, as far as its text tells.

    Raises:
        InvalidRequest: it is none, or not of the world (see `addresses`), or it holds a password.
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError as error:
        raise InvalidRequest("This is no address.", field="url") from error
    address = as_address(host)
    if parts.scheme != "https" and not (private and _is_here(parts, host)):
        raise InvalidRequest("Webhooks go to https addresses.", field="url")
    if not host or parts.username or parts.password or parts.fragment or not url.isprintable() or " " in url:
        raise InvalidRequest("The address needs a host, and no user, password or fragment.", field="url")
    if address and not may_be_called(address, private=private):
        raise InvalidRequest("Webhooks go to no address of a network of the school's own.", field="url")


def secret_of(derived: str) -> str:
    """A secret as receivers are told it: the bytes of a derived one, behind the specification's prefix."""
    return PREFIX + base64.b64encode(_bytes(derived)).decode()


def body_of(kind: str, at: datetime, data: Mapping[str, object]) -> str:
    """An event's body."""
    return json.dumps({"type": kind, "timestamp": at.isoformat(), "data": dict(data)}, separators=(",", ":"))


def headers_of(delivery_id: str, now: datetime, body: str, derived: Iterable[str]) -> dict[str, str]:
    """The headers of a try at this moment: one signature for each secret that is in force."""
    timestamp = str(int(now.timestamp()))
    signed = f"{delivery_id}.{timestamp}.{body}".encode()
    made = [hmac.digest(_bytes(secret), signed, hashlib.sha256) for secret in derived]
    return {
        "Content-Type": "application/json",
        "webhook-id": delivery_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(f"v1,{base64.b64encode(one).decode()}" for one in made),
    }


def wait_after(attempts: int, chance: float) -> timedelta | None:
    """How long to wait after so many tries, `chance` (0 to 1) making it up to a fifth more or less; None: give up."""
    if attempts > len(WAITS):
        return None
    return WAITS[attempts - 1] * (1 + JITTER * (2 * chance - 1))


def is_taken(status: int) -> bool:
    """Whether an answer says that the receiver has it: a redirect does not."""
    return 200 <= status < 300  # noqa: PLR2004  # the 2xx of HTTP


def _is_here(parts: SplitResult, host: str) -> bool:
    """Whether it is plain HTTP on this machine."""
    address = as_address(host)
    return parts.scheme == "http" and (host == "localhost" or bool(address and address.is_loopback))


def _bytes(derived: str) -> bytes:
    return base64.urlsafe_b64decode(derived + "=" * (-len(derived) % 4))
