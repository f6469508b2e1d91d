"""Data keys in the vault, on the real database."""

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from backend.tests.conftest import free_port
from bson.binary import Binary
from pymongo import AsyncMongoClient
from pymongo.errors import ConnectionFailure
from pymongo.monitoring import CommandFailedEvent, CommandListener, CommandStartedEvent, CommandSucceededEvent

from attendance_backend.adapters.keys import MongoVault, WrongMasterKeyError
from attendance_backend.adapters.master_keys import LocalMasters, only
from attendance_backend.adapters.mongo import Client
from attendance_backend.ports.keys import KeyDestroyedError, student_key

MASTER = os.urandom(96)
ANN = student_key("ann")


@pytest.fixture
async def vault(mongo: Client, database_name: str) -> AsyncIterator[MongoVault]:
    made = MongoVault(mongo, f"{database_name}_vault", only(MASTER))
    await made.prepare()
    yield made
    await made.close()


@pytest.fixture
async def another_process(mongo: Client, database_name: str) -> AsyncIterator[MongoVault]:
    """A vault on the same keys that has none of them in its memory."""
    made = MongoVault(mongo, f"{database_name}_vault", only(MASTER))
    yield made
    await made.close()


async def test_what_is_encrypted_can_be_read_by_another_process(vault: MongoVault, another_process: MongoVault) -> None:
    sealed = await vault.encrypt(ANN, {"vectors": ["abc"]})

    assert b"abc" not in sealed
    assert await another_process.decrypt(sealed) == {"vectors": ["abc"]}


class Questions(CommandListener):
    """By what somebody asks for data keys."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, ...]] = []

    def started(self, event: CommandStartedEvent) -> None:
        if event.command.get("find") == "data_keys":
            self.asked.append(tuple(event.command["filter"]))

    def succeeded(self, event: CommandSucceededEvent) -> None:
        pass

    def failed(self, event: CommandFailedEvent) -> None:
        pass


async def test_a_key_is_looked_up_by_an_index_however_many_there_are(
    vault: MongoVault, mongodb_uri: str, database_name: str
) -> None:
    name, questions = f"{database_name}_vault", Questions()
    sealed = await vault.encrypt(ANN, "seen")
    async with AsyncMongoClient[dict[str, Any]](mongodb_uri, event_listeners=[questions]) as client:
        another = MongoVault(client, name, only(MASTER))
        opened = await another.decrypt(sealed)
        await another.encrypt(ANN, "again")
        plan = await client[name]["data_keys"].find({"keyAltNames": ANN}).explain()
        await another.close()

    assert opened == "seen"
    assert set(questions.asked) == {("_id",), ("keyAltNames",)}
    assert "IXSCAN" in str(plan["queryPlanner"]["winningPlan"])


async def test_a_destroyed_key_takes_its_values_with_it_and_no_others(
    vault: MongoVault, another_process: MongoVault
) -> None:
    anns, bens = [await vault.encrypt(student_key(name), name) for name in ("ann", "ben")]

    await vault.destroy(ANN)
    await vault.destroy(ANN)

    with pytest.raises(KeyDestroyedError):
        await another_process.decrypt(anns)
    assert await another_process.decrypt(bens) == "ben"


async def test_a_new_key_of_the_same_owner_does_not_revive_the_old_one(
    vault: MongoVault, another_process: MongoVault
) -> None:
    before = await vault.encrypt(ANN, "before")
    await vault.destroy(ANN)

    after = await vault.encrypt(ANN, "after")

    assert [await vault.can_open(ANN, sealed) for sealed in (before, after)] == [False, True]
    assert await another_process.decrypt(after) == "after"
    with pytest.raises(KeyDestroyedError):
        await another_process.decrypt(before)


async def test_an_owner_gets_one_key_however_many_ask_at_once(
    vault: MongoVault, mongo: Client, database_name: str
) -> None:
    keys = mongo[f"{database_name}_vault"]["data_keys"]
    before = await keys.count_documents({})

    made = await asyncio.gather(*[vault._make(ANN) for _ in range(8)])

    assert len(set(made)) == 1
    assert await keys.count_documents({}) == before + 1


async def test_two_programs_may_start_for_the_first_time_at_once(mongo: Client, database_name: str) -> None:
    vaults = [MongoVault(mongo, f"{database_name}_vault", only(MASTER)) for _ in range(4)]

    await asyncio.gather(*[vault.prepare() for vault in vaults])

    sealed = await vaults[0].encrypt(ANN, "secret")
    assert [await vault.decrypt(sealed) for vault in vaults] == ["secret"] * 4
    for vault in vaults:
        await vault.close()


async def test_a_database_out_of_reach_is_told_as_that() -> None:
    nowhere = Client(f"mongodb://127.0.0.1:{free_port()}/", serverSelectionTimeoutMS=200)
    vault = MongoVault(nowhere, "nowhere", only(MASTER))

    for work in (vault._make(ANN), vault.encrypt(ANN, "secret")):
        with pytest.raises(ConnectionFailure):
            await work

    await vault.close()
    await nowhere.close()


async def test_another_master_key_reads_nothing_and_is_told_at_the_start(
    vault: MongoVault, mongo: Client, database_name: str
) -> None:
    sealed = await vault.encrypt(ANN, "secret")
    thief = MongoVault(mongo, f"{database_name}_vault", only(os.urandom(96)))

    with pytest.raises(KeyDestroyedError):
        await thief.decrypt(sealed)
    with pytest.raises(WrongMasterKeyError):
        await thief.prepare()
    await vault.prepare()

    await thief.close()


async def test_a_rotation_rewraps_every_key_while_a_program_works_on_and_the_old_key_can_go(
    mongo: Client, database_name: str, tmp_path: Path
) -> None:
    masters = LocalMasters(tmp_path)
    running = MongoVault(mongo, f"{database_name}_vault", LocalMasters(tmp_path))
    await running.prepare()
    before = {name: await running.encrypt(student_key(name), name) for name in ("ann", "ben", "cleo")}
    masters.add()
    rotating = MongoVault(mongo, f"{database_name}_vault", LocalMasters(tmp_path))

    assert await rotating.wrapped_otherwise()
    assert await rotating.rewrap(at_once=1) == len(before) + 1
    during = await running.encrypt(student_key("dora"), "dora")

    assert not await rotating.wrapped_otherwise()
    assert masters.retire() == ["master.key"]
    later = MongoVault(mongo, f"{database_name}_vault", LocalMasters(tmp_path))
    await later.prepare()
    assert [await later.decrypt(value) for value in (*before.values(), during)] == [*before, "dora"]
    for vault in (running, rotating, later):
        await vault.close()


async def test_a_rotation_that_was_killed_midway_leaves_everything_readable_and_is_finished(
    mongo: Client, database_name: str, tmp_path: Path
) -> None:
    masters = LocalMasters(tmp_path)
    vault = MongoVault(mongo, f"{database_name}_vault", masters)
    sealed = [await vault.encrypt(student_key(str(number)), number) for number in range(4)]
    masters.add()
    keys = mongo[f"{database_name}_vault"]["data_keys"]
    half = [Binary.from_uuid(row["_id"]) async for row in keys.find({}, {"_id": 1}).limit(2)]
    await vault._encryption.rewrap_many_data_key({"_id": {"$in": half}}, "local:2")

    started_again = MongoVault(mongo, f"{database_name}_vault", LocalMasters(tmp_path))

    assert [await started_again.decrypt(value) for value in sealed] == [*range(4)]
    assert await started_again.rewrap() == 2
    for opened in (vault, started_again):
        await opened.close()


async def test_a_rotation_whose_process_is_killed_leaves_everything_readable_and_the_next_one_finishes_it(
    mongo: Client, database_name: str, environment: dict[str, str], tmp_path: Path
) -> None:
    folder, command = tmp_path / "keys", [sys.executable, "-m", "attendance_backend", "keys"]
    vault = MongoVault(mongo, f"{database_name}_vault", LocalMasters(folder))
    await vault.prepare()
    sealed = await asyncio.gather(*[vault.encrypt(student_key(str(number)), number) for number in range(220)])
    keys, anew = mongo[f"{database_name}_vault"]["data_keys"], {"masterKey.provider": "local:2"}

    rotating = await asyncio.create_subprocess_exec(*command, "rotate", env=environment)
    async with asyncio.timeout(120):
        while await keys.find_one(anew) is None:  # another process writes it
            assert rotating.returncode is None
            await asyncio.sleep(0.002)
    with contextlib.suppress(ProcessLookupError):
        rotating.kill()
    await rotating.wait()
    killed = MongoVault(mongo, f"{database_name}_vault", LocalMasters(folder))
    assert [await killed.decrypt(value) for value in sealed] == [*range(220)]

    for what in ("rotate", "retire"):
        again = await asyncio.create_subprocess_exec(*command, what, env=environment)
        assert await again.wait() == 0

    assert len(list(folder.glob("master*.key"))) == 1
    later = MongoVault(mongo, f"{database_name}_vault", LocalMasters(folder))
    assert [await later.decrypt(value) for value in sealed] == [*range(220)]
    assert await keys.find_one({"masterKey.provider": {"$ne": LocalMasters(folder)().current}}) is None
    for opened in (vault, killed, later):
        await opened.close()
