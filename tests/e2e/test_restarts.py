"""Of what `up` runs, each is killed in turn: it comes back by itself, and attendance goes on where it was."""

import os
import signal
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from cli.tests.toys import wait_for

from attendance_cli.accounts import demo_accounts
from attendance_cli.api import Api, ApiError, BackendUnreachableError
from attendance_cli.testing import StartedUp, run_command, start_up


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartedUp]:
    """It runs, and has taken attendance of the sample class once."""
    folder = tmp_path_factory.mktemp("up")
    running = start_up(folder / "home", folder / "log")
    assert run_command("demo", "--data", running.home).returncode == 0
    yield running
    assert running.end(signal.SIGTERM) == 0


def kill(up: StartedUp, victim: str) -> None:
    os.kill(up.programs_now()[victim], signal.SIGKILL)


def teacher_of(up: StartedUp) -> Api:
    account = demo_accounts(up.home).teacher
    return up.api().sign_in(account.email, account.password)


def the_register(teacher: Api) -> Any:
    """Of the sample class's closed session."""
    session = next(teacher.every("/sessions", state="closed"))
    return teacher.get(f"/sessions/{session['id']}/register")


def when_it_answers(teacher: Api) -> Any:
    """The register, asked for until there is an answer."""
    found: list[Any] = []

    def answered() -> bool:
        try:
            found.append(the_register(teacher))
        except BackendUnreachableError:
            return False
        except ApiError as error:
            if error.code != "DATABASE_UNAVAILABLE":
                raise
            return False
        return True

    wait_for(answered)
    return found[0]


def class_photo(home: Path) -> bytes:
    return next(iter(sorted((home / "demo").rglob("class*.jpg")))).read_bytes()


def test_a_photo_taken_without_the_ml_service_waits_for_it(up: StartedUp) -> None:
    teacher = teacher_of(up)
    subject = next(teacher.every("/subjects"))
    new = {"subject_id": subject["id"], "date": datetime.now().astimezone().date().isoformat(), "period": 2}
    session = f"/sessions/{teacher.post('/sessions', new)['id']}"
    student = teacher.get(f"{session}/register")["students"][0]["student_id"]

    # `up` stands still, so that nobody starts the ML service again before the photo is taken.
    up.process.send_signal(signal.SIGSTOP)
    kill(up, "ml")
    taken = teacher.post_photo(f"{session}/captures", class_photo(up.home))
    teacher.put(f"{session}/marks/{student}", {"status": "late", "reason": "bus"})
    up.process.send_signal(signal.SIGCONT)
    wait_for(lambda: teacher.get(f"/captures/{taken['id']}")["state"] == "recognised")

    after = teacher.get(f"{session}/register")
    assert taken["state"] in {"received", "leased"}
    assert [capture["id"] for capture in after["captures"]] == [taken["id"]]
    assert {row["student_id"]: row["status"] for row in after["students"]}[student] == "late"
    assert "ml ended with signal SIGKILL; it is started again in" in up.said()


@pytest.mark.parametrize("victim", ["database", "backend"])
def test_the_register_is_whole_and_goes_on_where_it_was(up: StartedUp, victim: str) -> None:
    teacher = teacher_of(up)
    before = the_register(teacher)

    kill(up, victim)
    wait_for(lambda: f"{victim} is ready again" in up.said())
    after = when_it_answers(teacher)

    assert after == before
    assert teacher_of(up).get("/me")["role"] == "teacher"
    assert f"{victim} ended with signal SIGKILL; it is started again in" in up.said()
    assert up.programs_now()[victim] != up.programs[victim]
    assert run_command("demo", "--data", up.home).returncode == 0
