"""The ML service dead and alive in turns: what needs no face goes on, and notes down how long each call took.

It asserts no time: `make prove-resilience` compares what is noted down here with its promise.
"""

import os
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from statistics import median
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest
from product import Stack, sign_in
from school import DATE, School

from attendance_cli.accounts import Account
from attendance_ml.samples import sample_photo

ROUNDS = int(os.environ.get("TURN_ROUNDS", "2"))
"""In a turn; a round makes each call once."""
STUDENT = Account("student@school.example", "Student", "a long enough password")
PATIENCE_SECONDS = 90


@dataclass
class Day:
    """A school at work: each round opens a session of its own."""

    stack: Stack
    school: School
    student: httpx2.Client
    period: Iterator[dict[str, Any]]
    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def timed(self, name: str, call: Callable[[], httpx2.Response]) -> Any:
        began = time.monotonic()
        answer = call()
        self.seconds[name].append(time.monotonic() - began)
        assert answer.is_success, f"{name}: {answer.status_code} {answer.text}"
        return answer.json()

    def round(self) -> None:
        teacher, subject = self.school.teacher, self.school.subject
        given = {"email": STUDENT.email, "password": STUDENT.password}
        self.timed("sign in", lambda: httpx2.post(f"{self.stack.backend_url}/api/v1/auth/sign-in", json=given))
        asked = {"subject_id": subject, **next(self.period)}
        session = self.timed("open a session", lambda: teacher.post("/sessions", json=asked))["id"]
        mark = {"status": "present"}
        place = f"/sessions/{session}"
        self.timed("mark by hand", lambda: teacher.put(f"{place}/marks/{self.school.student}", json=mark))
        code = self.timed("show a code", lambda: teacher.put(f"{place}/code", json={}))
        self.timed("check in by code", lambda: self.student.post("/check-ins", json={"token": code["token"]}))
        self.timed("register", lambda: teacher.get(f"{place}/register"))
        self.timed("close", lambda: teacher.post(f"{place}/close"))
        self.timed("report", lambda: self.school.office.get(f"/reports/subjects/{subject}"))


@pytest.fixture
def day(stack: Stack, school: School) -> Iterator[Day]:
    school.office.put(f"/subjects/{school.subject}/roster/{school.student}").raise_for_status()
    invited = {"email": STUDENT.email, "role": "student", "student_id": school.student}
    link = school.office.post("/invitations", json=invited).raise_for_status().json()["link"]
    secret = urlsplit(link).fragment or link.rpartition("/")[2]
    accepted = {"secret": secret, "name": STUDENT.name, "password": STUDENT.password}
    httpx2.post(f"{stack.backend_url}/api/v1/invitations/accept", json=accepted, timeout=60).raise_for_status()
    first = date.fromisoformat(DATE)
    days = ((first - timedelta(days=number // 10 + 1), number % 10 + 1) for number in range(10_000))
    periods = ({"date": on.isoformat(), "period": period} for on, period in days)
    with sign_in(stack, STUDENT) as student:
        yield Day(stack, school, student, periods)


def recognised(school: School, place: str) -> bool:
    return bool(school.teacher.get(place).raise_for_status().json()["state"] == "recognised")


def test_without_the_ml_service_everything_but_faces_goes_on(
    day: Day, record_property: Callable[[str, object], None]
) -> None:
    stack, school = day.stack, day.school
    turns: dict[str, dict[str, list[float]]] = {"alive": defaultdict(list), "dead": defaultdict(list)}
    day.round()  # once, unmeasured: the first call of each kind is slower

    for shot in ("obama.jpg", "obama2.jpg"):
        for turn in ("alive", "dead"):
            day.seconds = turns[turn]
            if turn == "dead":
                stack.kill(stack.ml)
                photo = sample_photo(shot).read_bytes()
                waiting = school.teacher.post(f"/sessions/{school.session}/captures", content=photo)
                assert waiting.status_code == 202, waiting.text
            for _ in range(ROUNDS):
                day.round()
        stack.restart(stack.ml)
        place = waiting.headers["Location"].removeprefix("/api/v1")
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not recognised(school, place):
            assert time.monotonic() < deadline, "the photo was never recognised"
            time.sleep(0.2)

    for name, alive in turns["alive"].items():
        record_property(name, f"{1000 * median(alive):.1f} {1000 * median(turns['dead'][name]):.1f}")
