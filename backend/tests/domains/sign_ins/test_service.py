"""Browsers that are signed in: for a school day, until they sign out, and as long as their user is there."""

import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from backend.tests.conftest import (
    EMAIL,
    PASSWORD,
    Backend,
    a_browser,
    first_administrator,
    inside,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from attendance_backend.adapters.mongo import Client
from attendance_backend.domains.sign_ins.errors import NotSignedIn
from attendance_backend.domains.sign_ins.policy import BROWSER_LIFETIME
from attendance_backend.domains.sign_ins.schemas import AskedFrom, SignIn, SignInKind
from attendance_backend.domains.sign_ins.service import SignInService
from attendance_backend.ports.clock import SystemClock
from attendance_backend.ports.testing import ManualClock

PATH = "/api/v1/auth/browser"
OFFICE = SignIn(email=EMAIL, password=SecretStr(PASSWORD))
STEPS = st.lists(st.tuples(st.sampled_from(["sign in", "sign out", "wait"]), st.integers(0, 13)), max_size=8)


@dataclass
class SignedIn:
    """Browsers, and until when each should be signed in, by token."""

    sign_ins: SignInService
    clock: ManualClock
    until: dict[str, datetime] = field(default_factory=dict)

    async def step(self, step: str, number: int) -> None:
        if step == "sign in":
            token, _ = await self.sign_ins.sign_in_browser(OFFICE, AskedFrom("a browser", "127.0.0.1"))
            self.until[token] = self.clock.now() + BROWSER_LIFETIME
        elif step == "wait":
            self.clock.go_on(timedelta(hours=number))
        elif self.until:
            token = list(self.until)[number % len(self.until)]
            await self.sign_ins.sign_out(SignInKind.BROWSER, token)
            self.until[token] = self.clock.now()

    async def opens(self, token: str) -> bool:
        try:
            return (await self.sign_ins.browser_caller(token)).role == "administrator"
        except NotSignedIn:
            return False


@pytest.fixture
async def signed_in(environment: dict[str, str]) -> AsyncIterator[SignedIn]:
    # From now on and not from a fixed day: what lies in the past the database itself forgets, sooner or later.
    clock = ManualClock(SystemClock().now())
    async with inside(environment, clock) as made:
        await first_administrator(made)
        yield SignedIn(made[0].get(SignInService), clock)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)  # tokens are never the same
@given(steps=STEPS)
async def test_a_token_opens_for_twelve_hours_unless_it_is_signed_out(
    signed_in: SignedIn, steps: list[tuple[str, int]]
) -> None:
    signed_in.until.clear()
    for step, number in steps:
        await signed_in.step(step, number)
        for token, end in signed_in.until.items():
            assert await signed_in.opens(token) is (signed_in.clock.now() < end), (step, number)


async def test_a_token_is_over_to_the_millisecond(signed_in: SignedIn) -> None:
    token, _ = await signed_in.sign_ins.sign_in_browser(OFFICE, AskedFrom("a browser", "127.0.0.1"))

    signed_in.clock.go_on(BROWSER_LIFETIME - timedelta(milliseconds=1))
    just_before = await signed_in.opens(token)
    signed_in.clock.go_on(timedelta(milliseconds=1))

    assert (just_before, await signed_in.opens(token)) == (True, False)


async def test_nothing_of_the_token_is_kept_but_its_digest_and_the_database_forgets_that_too(
    signed_in: SignedIn, mongo: Client, database_name: str
) -> None:
    token, user = await signed_in.sign_ins.sign_in_browser(OFFICE, AskedFrom("a browser", "127.0.0.1"))

    kept = await mongo[database_name]["sign_ins"].find_one()
    indexes = await mongo[database_name]["sign_ins"].index_information()

    assert kept is not None
    assert token not in str(kept)
    assert (kept["user_id"], kept["token_digest"]) == (user.id, hashlib.sha256(token.encode()).hexdigest())
    assert kept["expires_at"] - kept["created_at"] == BROWSER_LIFETIME
    assert indexes["token_digest_1"]["unique"]
    assert indexes["expires_at_1"]["expireAfterSeconds"] == 0


async def test_signing_out_ends_it_for_whoever_copied_the_cookie_and_for_no_other_browser(
    backend: Backend, mongo: Client, database_name: str
) -> None:
    credentials = {"email": EMAIL, "password": PASSWORD}
    async with a_browser(backend) as phone, a_browser(backend) as desk, a_browser(backend) as thief:
        for browser in (phone, desk):
            assert (await browser.post(PATH, json=credentials)).status_code == 200
        thief.cookies.update(phone.cookies)
        before = await thief.get("/api/v1/me")
        gone = await phone.delete(PATH)
        statuses = [(await browser.get("/api/v1/me")).status_code for browser in (phone, thief, desk)]

    assert (before.status_code, gone.status_code, gone.content) == (200, 204, b"")
    assert gone.headers["Set-Cookie"].startswith('attendance=""; ')
    assert "Max-Age=0" in gone.headers["Set-Cookie"]
    assert statuses == [401, 401, 200]
    assert await mongo[database_name]["sign_ins"].count_documents({}) == 1


async def test_signing_in_again_ends_what_this_browser_had_before(
    backend: Backend, mongo: Client, database_name: str
) -> None:
    async with a_browser(backend) as browser:
        for _ in range(2):
            await browser.post(PATH, json={"email": EMAIL, "password": PASSWORD})
        wrong = await browser.post(PATH, json={"email": EMAIL, "password": "wrong password"})
        after = await browser.get("/api/v1/me")

    assert (wrong.status_code, wrong.json()["error_code"]) == (401, "INVALID_CREDENTIALS")
    assert after.status_code == 200
    assert await mongo[database_name]["sign_ins"].count_documents({}) == 1


async def test_signing_a_browser_in_tells_nothing_of_who_has_an_account(backend: Backend) -> None:
    async with a_browser(backend) as browser:
        wrong = await browser.post(PATH, json={"email": EMAIL, "password": "wrong password"})
        nobody = await browser.post(PATH, json={"email": "nobody@school.example", "password": PASSWORD})

    assert (wrong.status_code, wrong.json()["error_code"]) == (401, "INVALID_CREDENTIALS")
    assert {**wrong.json(), "request_id": ""} == {**nobody.json(), "request_id": ""}
    assert "Set-Cookie" not in wrong.headers
