"""The backend's commands, as they are typed."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from backend.tests.conftest import EMAIL, PASSWORD, Backend, sign_in

OPENAPI = Path(__file__).parents[1] / "openapi.json"
REFERENCE = Path(__file__).parents[2] / "docs" / "reference"
CREATE = ("admin", "create", "--email", "Head@School.example", "--name", "The head")


async def test_an_administrator_is_made_once(backend: Backend) -> None:
    first = backend.command(*CREATE, given=f"{PASSWORD}\n")
    second = backend.command(*CREATE, "--password-stdin", given="another password\n")

    assert (first.returncode, second.returncode) == (0, 0)
    assert first.stdout.startswith("created: administrator The head <head@school.example>")
    assert second.stdout == first.stdout.replace("created", "exists already")
    head = await sign_in(backend.http, "head@school.example", PASSWORD)
    assert (await head.done("GET", "/me"))["role"] == "administrator"


async def test_a_password_that_is_too_short_is_told_and_not_shown(program: Backend) -> None:
    refused = program.command(*CREATE, given="short\n")

    assert refused.returncode == 2
    assert refused.stderr.startswith("password:")
    assert "short\n" not in refused.stderr + refused.stdout


async def test_the_description_of_the_api_is_the_committed_one(program: Backend) -> None:
    told = program.command("openapi")

    assert json.loads(told.stdout) == json.loads(OPENAPI.read_text()), "write it anew: `attendance_backend openapi`"


@pytest.mark.parametrize(
    ("table", "page"), [("errors", "errors"), ("permissions", "permissions"), ("kept", "data-kept")]
)
async def test_the_tables_of_the_reference_are_the_committed_ones(program: Backend, table: str, page: str) -> None:
    told = program.command(table)

    assert told.stdout == (REFERENCE / f"{page}.md").read_text(), "write it anew: `make openapi`"


async def test_settings_that_are_missing_are_named(program: Backend) -> None:
    del program.environment["MONGODB_URI"]

    refused = program.command("serve")

    assert refused.returncode == 2
    assert refused.stderr.splitlines() == ["mongodb_uri: Field required"]


async def test_settings_that_make_no_sense_are_named_without_their_values(program: Backend) -> None:
    program.environment.update(TIME_ZONE="Mars/Olympus", ML_CONFIDENT_THRESHOLD="0.9")

    refused = program.command("serve")

    assert refused.returncode == 2
    assert "time_zone: Value error, is no time zone" in refused.stderr
    assert "Mars" not in refused.stderr


async def test_a_token_secret_of_ones_own_is_taken_if_it_is_long_enough(backend: Backend) -> None:
    backend.environment["JWT_SECRET"] = "too short"
    refused = backend.command("serve")
    backend.environment["JWT_SECRET"] = "x" * 32
    backend.stop()
    await backend.start()

    assert refused.stderr.startswith("jwt_secret:")
    assert (await sign_in(backend.http, EMAIL, PASSWORD)).token.count(".") == 2


async def test_it_stops_when_it_is_asked_and_starts_again_with_everything(backend: Backend) -> None:
    assert backend.stop() in {0, -signal.SIGTERM}
    assert '"event": "stopped"' in backend.output
    await backend.start()

    person = await sign_in(backend.http, EMAIL, PASSWORD)
    assert (await person.done("GET", "/me"))["email"] == EMAIL


async def test_it_is_healthy_without_the_ml_service_and_says_what_is_missing(backend: Backend, simulator) -> None:
    whole = (await backend.http.get("/health")).json()
    await simulator.stop()
    without = await backend.http.get("/health/ready")

    assert whole["checks"] == {"database": "ok", "ml_service": "ok", "photos": "ok"}
    assert without.status_code == 200
    assert without.json()["checks"] == {"database": "ok", "ml_service": "unavailable", "photos": "ok"}
    assert "http_requests_total" in (await backend.http.get("/metrics")).text


def test_a_command_collects_its_garbage_once_all_is_imported() -> None:
    looked = (
        "import gc, attendance_backend.__main__ as program; imported = gc.isenabled();"
        "program.main(['errors']); print(imported, gc.isenabled(), gc.get_freeze_count() > 100_000)"
    )

    told = subprocess.run([sys.executable, "-c", looked], capture_output=True, text=True, check=True).stdout

    assert told.splitlines()[-1] == "False True True"
