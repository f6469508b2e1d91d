"""Codes that change with the time: made of a secret and a step of the clock, compared without telling how wrong."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime

from attendance_backend.domains.codes.schemas import NewCheckIn, Refusal, SessionCode

DIGITS = 6
MAX_WRONG = 10
"""Of a million codes two are valid at a time: so many guesses find one in 50,000 sessions."""
REMEMBERED_STEPS = 30
"""How far back a code is told from one that never was, in the log alone."""


def step_at(moment: datetime, seconds: int) -> int:
    """The step of the clock that a moment lies in."""
    return int(moment.timestamp()) // seconds


def next_step(moment: datetime, seconds: int) -> datetime:
    """When the next step begins."""
    return datetime.fromtimestamp((step_at(moment, seconds) + 1) * seconds, UTC)


def digits_of(code: SessionCode, step: int) -> str:
    """What is typed in."""
    number = int.from_bytes(_mac(code, f"digits:{step}")[:8], "big")
    return f"{number % 10**DIGITS:0{DIGITS}}"


def token_of(code: SessionCode, step: int) -> str:
    """What is scanned: the session, the step, and a signature of both."""
    signature = base64.urlsafe_b64encode(_mac(code, f"token:{step}")[:18]).decode()
    return f"{code.id}.{step}.{signature}"


def session_of(given: NewCheckIn) -> str:
    """The session that a check-in is about, as it says itself."""
    return given.token.partition(".")[0] if given.token else given.session_id or ""


def refusal_of(code: SessionCode, given: NewCheckIn, now: datetime) -> Refusal | None:
    """Why a code is not valid now; None: it is, since it is that of this step or the one before."""
    if given.token and given.session_id not in {None, code.id}:
        return Refusal.OTHER_SESSION
    said, make = (given.token, token_of) if given.token else (given.digits or "", digits_of)
    present = step_at(now, code.step_seconds)
    ages = [age for age in range(REMEMBERED_STEPS) if _same(make(code, present - age), said)]
    if not ages:
        return Refusal.FORGED
    return None if ages[0] <= 1 else Refusal.EXPIRED


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())


def _mac(code: SessionCode, message: str) -> bytes:
    return hmac.digest(code.secret, f"{code.id}:{message}".encode(), hashlib.sha256)
