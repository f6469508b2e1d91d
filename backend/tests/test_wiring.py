"""The program and its database, which comes and goes."""

import asyncio
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from backend.tests.conftest import DATABASE_PROGRAM, EMAIL, PASSWORD, Backend, free_port, sign_in
from pymongo.errors import ConnectionFailure

from attendance_backend.adapters.mongo import connect, wait_until_reachable


class Database:
    """An embedded database of one test alone, to be switched off."""

    def __init__(self, storage: Path) -> None:
        self.port = free_port()
        self.command = [str(DATABASE_PROGRAM), "--port", str(self.port), "--storage-path", str(storage)]
        self.process: subprocess.Popen[bytes] | None = None

    def switch_on(self) -> None:
        self.process = subprocess.Popen([*self.command, "--sync-on-commit"], stdout=subprocess.DEVNULL)

    def switch_off(self) -> None:
        if self.process:
            self.process.kill()
            self.process.wait()


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    made = Database(tmp_path / "database")
    yield made
    made.switch_off()


async def test_it_waits_for_the_database_and_tells_when_it_is_gone_and_goes_on_when_it_is_back(
    environment: dict[str, str], tmp_path: Path, database: Database
) -> None:
    environment["MONGODB_URI"] = f"mongodb://127.0.0.1:{database.port}/"
    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{environment['PORT']}", timeout=20) as http:
        backend = Backend(environment, tmp_path, http)
        starting = asyncio.create_task(backend.start())
        database.switch_on()
        await starting
        assert backend.command("admin", "create", "--email", EMAIL, "--name", "O", given=PASSWORD).returncode == 0
        office = await sign_in(http, EMAIL, PASSWORD)

        database.switch_off()
        gone = await office.ask("GET", "/me")
        unready = await http.get("/health/ready")
        alive = await http.get("/health/live")
        database.switch_on()
        await wait_until_reachable(connect(environment["MONGODB_URI"]))
        back = await office.done("GET", "/me")
        backend.stop()

    assert (gone.status_code, gone.json()["error_code"]) == (503, "DATABASE_UNAVAILABLE")
    assert (unready.status_code, alive.status_code) == (503, 200)
    assert back["email"] == EMAIL


async def test_a_database_that_never_comes_is_given_up() -> None:
    nowhere = connect(f"mongodb://127.0.0.1:{free_port()}/")

    with pytest.raises(ConnectionFailure, match="did not answer"):
        await wait_until_reachable(nowhere, seconds=0.2)

    await nowhere.close()
