"""Access tokens."""

from datetime import timedelta

import jwt
import pytest

from attendance_backend.adapters.tokens import LIFETIME, JwtSigner
from attendance_backend.ports.testing import ManualClock
from attendance_backend.ports.tokens import Claims

SECRET = b"s" * 32
ANN = Claims(user_id="ann", sign_in_id="s1")


def test_a_token_tells_who_it_is_until_it_is_over() -> None:
    clock = ManualClock()
    signer = JwtSigner(SECRET, clock)
    token = signer.sign(ANN)

    clock.go_on(LIFETIME - timedelta(seconds=1))
    assert signer.read(token) == ANN
    clock.go_on(timedelta(seconds=1))
    assert signer.read(token) is None


@pytest.mark.parametrize("change", [{"aud": "elsewhere"}, {"exp": "never"}, {"sub": None}, {"sid": None}])
def test_a_token_that_lacks_something_says_nothing(change: dict[str, str | None]) -> None:
    clock = ManualClock()
    now = int(clock.now().timestamp())
    whole = {"sub": "ann", "sid": "s1", "aud": "smart-attendance", "iat": now, "exp": now + 60}
    told = {name: value for name, value in {**whole, **change}.items() if value is not None}

    assert JwtSigner(SECRET, clock).read(jwt.encode(whole, SECRET, "HS256")) == ANN
    assert JwtSigner(SECRET, clock).read(jwt.encode(told, SECRET, "HS256")) is None


def test_a_token_signed_otherwise_says_nothing() -> None:
    signer = JwtSigner(SECRET, ManualClock())
    strangers = JwtSigner(b"t" * 32, ManualClock()).sign(ANN)
    unsigned = jwt.encode(jwt.decode(signer.sign(ANN), options={"verify_signature": False}), None, "none")

    assert [signer.read(token) for token in (strangers, unsigned, "", "a.b.c")] == [None] * 4


def test_a_secret_that_is_too_short_is_refused() -> None:
    with pytest.raises(ValueError, match="32"):
        JwtSigner(b"short", ManualClock())


def test_a_derived_secret_is_the_same_again_and_another_for_any_other_purpose_installation_or_thing() -> None:
    signer, other = JwtSigner(SECRET, ManualClock()), JwtSigner(b"t" * 32, ManualClock())

    made = [signer.derive("reset", "1"), signer.derive("reset", "2"), signer.derive("invite", "1")]

    assert made[0] == signer.derive("reset", "1")
    assert len({*made, other.derive("reset", "1")}) == 4
    assert all(len(secret) == 43 for secret in made)
