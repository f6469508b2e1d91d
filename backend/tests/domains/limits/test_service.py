"""An attack on an account is slow, and its owner signs in all the same on a device that was there before."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from backend.tests.conftest import EMAIL, PASSWORD, Backend, a_browser, first_administrator, inside
from pydantic import SecretStr

from attendance_backend.adapters.mongo import Client
from attendance_backend.domains.limits.errors import TooManyAttempts
from attendance_backend.domains.sign_ins.errors import InvalidCredentials
from attendance_backend.domains.sign_ins.schemas import AskedFrom, SignIn
from attendance_backend.domains.sign_ins.service import SignInService
from attendance_backend.ports.clock import SystemClock
from attendance_backend.ports.testing import ManualClock

DESK = AskedFrom("the owner's desk", "127.0.0.1", "d" * 43)
ELSEWHERE = AskedFrom("an attacker", "127.0.0.2")


@dataclass
class Door:
    """Where people try to sign in."""

    sign_ins: SignInService
    clock: ManualClock

    async def tries(self, password: str, asked: AskedFrom, email: str = EMAIL) -> str:
        """What comes of it: in, wrong, or the seconds to wait."""
        try:
            await self.sign_ins.sign_in_browser(SignIn(email=email, password=SecretStr(password)), asked)
        except InvalidCredentials:
            return "wrong"
        except TooManyAttempts as error:
            return error.headers["Retry-After"]
        return "in"

    async def attack(self, attempts: int, email: str = EMAIL) -> list[str]:
        """So many guesses, each as early as it is let in."""
        waits = []
        for number in range(attempts):
            while (told := await self.tries(f"guess {number}", ELSEWHERE, email)) != "wrong":
                waits.append(told)
                self.clock.go_on(timedelta(seconds=int(told)))
        return waits


@pytest.fixture
async def door(environment: dict[str, str]) -> AsyncIterator[Door]:
    clock = ManualClock(SystemClock().now())
    async with inside(environment, clock) as made:
        await first_administrator(made)
        yield Door(made[0].get(SignInService), clock)


async def test_guesses_come_ever_more_slowly_whether_or_not_there_is_such_an_account(door: Door) -> None:
    known = await door.attack(8)
    unknown = await door.attack(8, "nobody@school.example")

    assert known == unknown == ["2", "4", "8"]


async def test_while_an_account_is_under_attack_its_owner_signs_in_where_they_have_been_before(door: Door) -> None:
    before = await door.tries(PASSWORD, DESK)
    await door.attack(8)

    assert before == "in"
    assert await door.tries(PASSWORD, ELSEWHERE) == "16"
    assert await door.tries("a slip of the finger", DESK) == "wrong"
    assert await door.tries(PASSWORD, DESK) == "in"


async def test_a_known_device_has_a_budget_too_and_waits_for_seconds(door: Door) -> None:
    await door.tries(PASSWORD, DESK)
    slips = [await door.tries("a slip of the finger", DESK) for _ in range(11)]

    assert slips == ["wrong"] * 10 + ["2"]
    door.clock.go_on(timedelta(seconds=2))
    assert await door.tries(PASSWORD, DESK) == "in"


async def test_signing_in_forgets_what_failed_and_so_does_a_day(door: Door) -> None:
    await door.attack(4)
    assert await door.tries(PASSWORD, ELSEWHERE) == "in"
    assert await door.attack(5) == []
    door.clock.go_on(timedelta(days=1, seconds=1))
    assert await door.attack(5) == []


async def test_guesses_at_the_same_moment_are_all_counted(door: Door) -> None:
    told = await asyncio.gather(*[door.tries(f"guess {number}", ELSEWHERE) for number in range(15)])

    assert told.count("wrong") == 5
    assert "in" not in told


async def test_the_audit_log_tells_of_an_attack_in_a_few_entries(door: Door, mongo: Client, database_name: str) -> None:
    await door.attack(9)
    await door.attack(9, "nobody@school.example")

    entries = await mongo[database_name]["audit"].find({"action": "sign-in failed"}).to_list()
    assert [entry["details"]["failures"] for entry in entries] == [1, 2, 4, 8]
    assert "guess" not in str(entries)


async def test_over_http_a_refusal_tells_when_to_come_again_and_a_browser_that_was_here_comes_in(
    shared_backend: Backend,
) -> None:
    path, wrong = "/api/v1/auth/browser", {"email": EMAIL, "password": "wrong password"}
    async with a_browser(shared_backend) as owner, a_browser(shared_backend) as attacker:
        await owner.post(path, json={"email": EMAIL, "password": PASSWORD})
        await owner.delete(path)
        statuses = [(await attacker.post(path, json=wrong)).status_code for _ in range(5)]
        refused = await attacker.post(path, json={"email": EMAIL, "password": PASSWORD})
        came_in = await owner.post(path, json={"email": EMAIL, "password": PASSWORD})

    assert statuses == [401] * 5
    assert (refused.status_code, refused.json()["error_code"]) == (429, "TOO_MANY_ATTEMPTS")
    assert refused.headers["Retry-After"] in {"1", "2"}
    assert came_in.status_code == 200
