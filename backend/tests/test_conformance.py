"""Calls made up from the API's own description, valid and not, by everybody who may sign in: nothing breaks."""

import asyncio
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from backend.tests.conftest import Backend, Class, Person
from backend.tests.matrix import Somebody, a_school

from attendance_backend.adapters.mongo import Client

SCHEMATHESIS = Path(sys.executable).with_name("schemathesis")
OPENAPI = Path(__file__).parents[1] / "openapi.json"
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
SECONDS = os.environ.get("CONFORMANCE_SECONDS")
"""How long everybody calls; without it only the administrator does, and not for long."""
SHORT, LONGER = "8", ("32", "128")
"""A machine that is busy may need the first seconds to read the description."""
EVERYBODY = ["administrator", "teacher", "student", "guardian", "no one"]
CALLS = re.compile(r"(\d+) generated")


async def calls_by(somebody: Somebody, backend: Backend, seconds: str, folder: Path) -> str:
    """What schemathesis says of its calls."""
    options = ["--checks", CHECKS, "--max-time", seconds, "--suppress-health-check", "all", "--warnings", "off"]
    options += [part for name, value in somebody.headers.items() for part in ("--header", f"{name}: {value}")]
    options += ["--continue-on-failure", "--no-shrink", "--no-color", "--generation-database", "none"]
    # Signing out everywhere would end the sign-in with which everything else is called.
    options += ["--exclude-path-regex", "sign-out|sign-ins|/me/password|deactivat"]
    # Schemathesis knows no way to make a ZIP up; damaged ones are tried by the tests of the import.
    options += ["--exclude-path", "/api/v1/imports/faces", "--exclude-path", "/api/v1/imports/oneroster"]
    running = await asyncio.create_subprocess_exec(
        *[SCHEMATHESIS, "run", OPENAPI, "--url", str(backend.http.base_url), *options],
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        cwd=folder,
    )
    said, _ = await running.communicate()
    assert running.returncode == 0, said.decode()[-6000:]
    return said.decode()


def calls_in(said: str) -> int:
    """How many calls were made."""
    generated = CALLS.search(said)
    return int(generated[1]) if generated else 0


@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", EVERYBODY if SECONDS else EVERYBODY[:1])
async def test_no_call_that_can_be_made_up_breaks_anything(
    backend: Backend,
    mongo: Client,
    office: Person,
    a_class: Class,
    tmp_path: Path,
    name: str,
    record_property: Callable[[str, object], None],
) -> None:
    async with a_school(backend, mongo, office, a_class) as school:
        (somebody,) = [one for one in school.everybody if one.name == name]
        said = await calls_by(somebody, backend, SECONDS or SHORT, tmp_path)
        for seconds in () if SECONDS else LONGER:
            if calls_in(said):
                break
            said = await calls_by(somebody, backend, seconds, tmp_path)

    assert calls_in(said) > 0, said[-2000:]
    assert (await backend.http.get("/health/ready")).status_code == 200
    record_property(f"calls as {name}", calls_in(said))
