"""How long somebody may be at a provider, and the secrets that tie the way there to the way back.

They are derived from what the browser keeps in a cookie: nothing has to be stored for a sign-in that nobody ends.
"""

import secrets
from datetime import datetime, timedelta

from attendance_backend.ports.openid import RoundTrip
from attendance_backend.ports.tokens import TokenSigner

LIFETIME = timedelta(minutes=10)
"""For typing a password and a second factor at the provider."""
SECRET_BYTES = 32
MOST_DIGITS = 12
"""Of a moment in seconds: longer ones no program of ours wrote."""


def begun(now: datetime) -> str:
    """What the browser keeps: since when, and a secret of its own."""
    return f"{int(now.timestamp())}.{secrets.token_urlsafe(SECRET_BYTES)}"


def is_over(kept: str, now: datetime) -> bool:
    """Whether a sign-in that a browser keeps began too long ago, or never."""
    since = kept.partition(".")[0]
    if not (since.isascii() and since.isdecimal() and len(since) <= MOST_DIGITS):
        return True
    return not 0 <= int(now.timestamp()) - int(since) <= LIFETIME.total_seconds()


def trip_of(kept: str, provider_id: str, tokens: TokenSigner) -> RoundTrip:
    """The secrets of one way to one provider. A moment that was written anew makes others, which nobody ever sent."""
    return RoundTrip(*(tokens.derive(f"openid {name} {provider_id}", kept) for name in ("state", "nonce", "verifier")))
