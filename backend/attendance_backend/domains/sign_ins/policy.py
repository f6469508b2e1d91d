"""How long a sign-in lasts, and what a refresh token is when it comes: the one that is good, a retry, or reused."""

import hashlib
from datetime import datetime, timedelta
from enum import Enum, auto

from attendance_backend.domains.sign_ins.schemas import SignInKind, Turn

BROWSER_LIFETIME = timedelta(hours=12)
"""A school day: who signs in before the first lesson is not asked again before the last."""
PROGRAM_LIFETIME = timedelta(days=30)
LIFETIMES = {SignInKind.BROWSER: BROWSER_LIFETIME, SignInKind.PROGRAM: PROGRAM_LIFETIME}
GRACE = timedelta(minutes=1)
"""How long an answer that was lost on its way can be asked for again. The command waits that long for an answer."""
FRESH_FOR = timedelta(minutes=10)
"""How long a sign-in stands in for the password that an account has not: time to fill in a form."""


class Use(Enum):
    """What a refresh token is when it comes."""

    TURN = auto()
    RETRY = auto()
    REUSE = auto()


def digest(secret: str) -> str:
    """All that is kept of a secret that is long and random: nothing slower is needed against guessing."""
    return hashlib.sha256(secret.encode()).hexdigest()


def use_of(turn: Turn, presented: str, successor: str, retry_key: str | None, now: datetime) -> Use:
    """What a token is to the turn that is good now; `successor` is the one it brings.

    A retry repeats the last use word for word, with the same key, before its answer was used. A thief does not know
    the key, so a stolen token is never taken for a retry.
    """
    if digest(presented) == turn.digest:
        return Use.TURN
    same_key = retry_key is not None and digest(retry_key) == turn.retry_digest
    if same_key and digest(successor) == turn.digest and now - turn.at <= GRACE:
        return Use.RETRY
    return Use.REUSE
