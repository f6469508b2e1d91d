"""Data keys in the vault, on the real database."""

import asyncio
import os
from collections.abc import AsyncIterator

import pytest
from backend.tests.conftest import free_port
from pymongo.errors import ConnectionFailure

from attendance_backend.adapters.keys import MongoVault, WrongMasterKeyError
from attendance_backend.adapters.mongo import Client
from attendance_backend.ports.keys import KeyDestroyedError, student_key

MASTER = os.urandom(96)
ANN = student_key("ann")


@pytest.fixture
async def vault(mongo: Client, database_name: str) -> AsyncIterator[MongoVault]:
    made = MongoVault(mongo, f"{database_name}_vault", MASTER)
    await made.prepare()
    yield made
    await made.close()


@pytest.fixture
async def another_process(mongo: Client, database_name: str) -> AsyncIterator[MongoVault]:
    """A vault on the same keys that has none of them in its memory."""
    made = MongoVault(mongo, f"{database_name}_vault", MASTER)
    yield made
    await made.close()


async def test_what_is_encrypted_can_be_read_by_another_process(vault: MongoVault, another_process: MongoVault) -> None:
    sealed = await vault.encrypt(ANN, {"vectors": ["abc"]})

    assert b"abc" not in sealed
    assert await another_process.decrypt(sealed) == {"vectors": ["abc"]}


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
    vaults = [MongoVault(mongo, f"{database_name}_vault", MASTER) for _ in range(4)]

    await asyncio.gather(*[vault.prepare() for vault in vaults])

    sealed = await vaults[0].encrypt(ANN, "secret")
    assert [await vault.decrypt(sealed) for vault in vaults] == ["secret"] * 4
    for vault in vaults:
        await vault.close()


async def test_a_database_out_of_reach_is_told_as_that() -> None:
    nowhere = Client(f"mongodb://127.0.0.1:{free_port()}/", serverSelectionTimeoutMS=200)
    vault = MongoVault(nowhere, "nowhere", MASTER)

    for work in (vault._make(ANN), vault.encrypt(ANN, "secret")):
        with pytest.raises(ConnectionFailure):
            await work

    await vault.close()
    await nowhere.close()


async def test_another_master_key_reads_nothing_and_is_told_at_the_start(
    vault: MongoVault, mongo: Client, database_name: str
) -> None:
    sealed = await vault.encrypt(ANN, "secret")
    thief = MongoVault(mongo, f"{database_name}_vault", os.urandom(96))

    with pytest.raises(KeyDestroyedError):
        await thief.decrypt(sealed)
    with pytest.raises(WrongMasterKeyError):
        await thief.prepare()
    await vault.prepare()

    await thief.close()
