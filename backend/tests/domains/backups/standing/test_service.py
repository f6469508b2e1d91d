"""Backups that make themselves: one of many processes makes each, and whoever looks is told how old the newest is."""

import asyncio
import contextlib
import math
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import pytest
from backend.tests.conftest import Backend, a_worker

from attendance_backend.adapters.mongo import Client

PATIENCE = 120.0
JOBS = {"data": "back up the data", "keys": "back up the keys"}
T = TypeVar("T")


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    return tmp_path / "kept"


@pytest.fixture
def environment(environment: dict[str, str], kept: Path) -> dict[str, str]:
    folders = {"BACKUP_FOLDER": str(kept / "data"), "BACKUP_KEYS_FOLDER": str(kept / "keys")}
    return {**environment, **folders, "BACKUP_INCREMENTAL": "yes"}


@pytest.fixture
async def put_off(environment: dict[str, str], mongo: Client, database_name: str) -> None:
    """Nothing is due while the processes start: each start ends what others read from the embedded database."""
    due = datetime.now(UTC) + timedelta(minutes=5)
    await mongo[database_name]["jobs"].insert_many([{"_id": name, "due": due} for name in JOBS.values()])


@pytest.fixture
async def workers(backend: Backend) -> AsyncIterator[list[Backend]]:
    async with contextlib.AsyncExitStack() as running:
        yield [await running.enter_async_context(a_worker(backend, name)) for name in ("one", "another")]


async def ages(backend: Backend) -> dict[str, float]:
    """What the metrics tell of backups."""
    lines = (await backend.http.get("/metrics")).text.splitlines()
    told = [line.removeprefix('backup_age_seconds{holds="') for line in lines if line.startswith("backup_age_seconds{")]
    return {line.partition('"')[0]: float(line.split()[-1]) for line in told}


async def asked_again(ask: Callable[[], Awaitable[T]]) -> AsyncIterator[T]:
    while True:
        yield await ask()
        await asyncio.sleep(0.1)


async def until_told(backend: Backend, *, is_made: bool) -> dict[str, float]:
    async with asyncio.timeout(PATIENCE):
        async for told in asked_again(lambda: ages(backend)):
            if told and all(math.isfinite(age) is is_made for age in told.values()):
                return told
    raise AssertionError  # it is asked until the time is over


async def test_data_and_keys_are_backed_up_once_however_many_processes_there_are(
    put_off: None, backend: Backend, workers: list[Backend], kept: Path, mongo: Client, database_name: str
) -> None:
    jobs = mongo[database_name]["jobs"]
    await jobs.update_many({"_id": {"$in": list(JOBS.values())}}, {"$set": {"due": datetime.now(UTC)}})

    told = await until_told(backend, is_made=True)

    assert told.keys() == JOBS.keys()
    for one, name in JOBS.items():
        (made,) = (kept / one).glob("*.backup")
        verified = await asyncio.to_thread(backend.command, "backup", "--verify", str(made))
        assert (verified.returncode, f": {one} of " in verified.stdout) == (0, True)
        job = await jobs.find_one({"_id": name})
        assert job is not None
        assert job.get("last_error") is None
    # Everybody tells of the same folders.
    assert (await until_told(workers[0], is_made=True)).keys() == told.keys()


@pytest.fixture
def in_the_way(kept: Path) -> None:
    kept.write_text("a file in the place of the folder")


async def test_what_can_not_be_made_is_told_by_the_metrics_and_the_job(
    in_the_way: None, backend: Backend, mongo: Client, database_name: str
) -> None:
    told = await until_told(backend, is_made=False)
    assert told == {"data": math.inf, "keys": math.inf}

    jobs = mongo[database_name]["jobs"]
    async with asyncio.timeout(PATIENCE):
        async for rows in asked_again(lambda: jobs.find({"last_error": {"$type": "string"}}).to_list()):
            failed = {row["_id"]: row["last_error"] for row in rows}
            if len(failed) == 2:
                break
    assert failed == dict.fromkeys(JOBS.values(), "CommandFailedError")
