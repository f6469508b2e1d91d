"""Pages of other sites: closed to them unless their origins are set."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from backend.tests.conftest import EMAIL, PASSWORD, Backend, first_administrator, inside, sign_in

FRIEND, STRANGER = "https://portal.school.example", "https://elsewhere.example"
ASKED = {"Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "authorization"}


@pytest.fixture
async def open_backend(environment: dict[str, str], tmp_path: Path) -> AsyncIterator[Backend]:
    """A backend that pages of one other site may call."""
    environment["CORS_ORIGINS"] = f"{FRIEND}, http://127.0.0.1:5173"
    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{environment['PORT']}", timeout=20) as http:
        running = Backend(environment, tmp_path, http)
        await running.start()
        async with inside(environment) as made:
            await first_administrator(made)
        yield running
        running.stop()


async def test_nobody_elses_page_may_read_an_answer(backend: Backend) -> None:
    asked = await backend.http.options("/api/v1/me", headers={"Origin": FRIEND, **ASKED})
    read = await backend.http.get("/health/live", headers={"Origin": FRIEND})

    assert not asked.is_success
    assert [name for name in [*asked.headers, *read.headers] if name.startswith("access-control")] == []


async def test_a_page_whose_origin_is_set_may_with_a_token_and_never_with_a_cookie(open_backend: Backend) -> None:
    office = await sign_in(open_backend.http, EMAIL, PASSWORD)

    asked = await open_backend.http.options("/api/v1/me", headers={"Origin": FRIEND, **ASKED})
    read = await office.ask("GET", "/me", headers={"Origin": FRIEND})
    other = await office.ask("GET", "/me", headers={"Origin": STRANGER})

    assert (asked.status_code, asked.headers["access-control-allow-origin"]) == (200, FRIEND)
    assert (read.status_code, read.headers["access-control-allow-origin"]) == (200, FRIEND)
    assert "access-control-allow-origin" not in other.headers
    assert "access-control-allow-credentials" not in {*asked.headers, *read.headers}


async def test_an_origin_that_is_none_stops_the_start(backend: Backend) -> None:
    backend.environment["CORS_ORIGINS"] = "portal.school.example/path"

    refused = backend.command("serve")

    assert refused.returncode == 2
    assert refused.stderr.startswith("cors_origins")
