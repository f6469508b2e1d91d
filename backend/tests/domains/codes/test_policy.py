"""Codes of the clock: valid for a step and the next, for one session, and only as they were made."""

from datetime import timedelta

from hypothesis import assume, given
from hypothesis import strategies as st

from attendance_backend.domains.codes import policy
from attendance_backend.domains.codes.schemas import NewCheckIn, Refusal, SessionCode
from attendance_backend.ports.testing import START


def a_code(session: str = "one", secret: bytes = b"s" * 32, seconds: int = 15) -> SessionCode:
    return SessionCode(
        id=session,
        subject_id="s",
        secret=secret,
        step_seconds=seconds,
        with_face=False,
        started_at=START,
        started_by="t",
    )


@given(seconds=st.integers(5, 120), later=st.floats(0, 3_000), scanned=st.booleans())
def test_a_code_is_valid_in_its_own_step_and_the_next(seconds: int, later: float, *, scanned: bool) -> None:
    code, shown = a_code(seconds=seconds), policy.step_at(START, seconds)
    now = START + timedelta(seconds=later)
    steps = policy.step_at(now, seconds) - shown
    token, digits = policy.token_of(code, shown), policy.digits_of(code, shown)
    given_code = NewCheckIn(token=token) if scanned else NewCheckIn(session_id="one", digits=digits)
    assume(scanned or digits not in {policy.digits_of(code, shown + age) for age in range(1, steps + 1)})

    refusal = policy.refusal_of(code, given_code, now)

    if steps <= 1:
        assert refusal is None
    else:
        assert refusal is (Refusal.EXPIRED if steps < policy.REMEMBERED_STEPS else Refusal.FORGED)


@given(token=st.text(min_size=1, max_size=80).filter(str.strip), position=st.integers(0, 60))
def test_a_token_that_was_changed_anywhere_was_never_shown(token: str, position: int) -> None:
    code, true = a_code(), policy.token_of(a_code(), policy.step_at(START, 15))
    at = position % len(true)
    changed = true[:at] + ("A" if true[at] != "A" else "B") + true[at + 1 :]
    assume(token != true)

    for forged in (token, changed):
        assert policy.refusal_of(code, NewCheckIn(token=forged), START) in {Refusal.FORGED, Refusal.EXPIRED}
    assert policy.refusal_of(code, NewCheckIn(token=true), START) is None


def test_a_token_holds_for_its_own_session_and_secret_alone() -> None:
    step = policy.step_at(START, 15)
    token = NewCheckIn(token=policy.token_of(a_code(), step))

    assert policy.refusal_of(a_code("two"), token, START) is Refusal.FORGED
    assert policy.refusal_of(a_code(secret=b"t" * 32), token, START) is Refusal.FORGED
    other = NewCheckIn(token=token.token, session_id="two")
    assert policy.refusal_of(a_code(), other, START) is Refusal.OTHER_SESSION
    assert policy.session_of(token) == "one"


@given(seconds=st.integers(5, 120), later=st.integers(0, 10_000))
def test_the_next_code_comes_within_a_step(seconds: int, later: int) -> None:
    now = START + timedelta(seconds=later)

    following = policy.next_step(now, seconds)

    assert timedelta() < following - now <= timedelta(seconds=seconds)
    assert policy.step_at(following, seconds) == policy.step_at(now, seconds) + 1
