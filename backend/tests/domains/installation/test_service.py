"""What a program does with a database that another version of it wrote."""

import asyncio
from typing import Any

import pytest
from backend.tests.conftest import Backend
from backend.tests.forked import origin

from attendance_backend.adapters.mongo import Client, ensure_indexes
from attendance_backend.documents import SCHEMA_VERSION, new_id
from attendance_backend.domains.installation.errors import MigrationDue
from attendance_backend.domains.installation.repository import InstallationRepository
from attendance_backend.domains.installation.schemas import Migration
from attendance_backend.domains.installation.service import InstallationService
from attendance_backend.domains.people import repository as people_store
from attendance_backend.ports.clock import SystemClock

STUDENTS = 1_100
"""Two lots of the migration of students."""


async def an_older_school(mongo: Client, name: str) -> None:
    """Documents as the first version of the program wrote them."""
    await ensure_indexes(mongo[name], people_store.INDEXES)
    now = SystemClock().now()
    told = {"is_minor": False, "created_at": now, "schema_version": 1}
    students = [{"_id": new_id(), "roll_number": f"R-{n:04}", "name": f"Étudiant {n}", **told} for n in range(STUDENTS)]
    await mongo[name]["students"].insert_many(students)
    account = {"email": "a@school.example", "name": "A", "role": "teacher", "password_hash": "", "created_at": now}
    await mongo[name]["users"].insert_one({"_id": new_id(), **account, "schema_version": 1})
    erasure = {"student_id": students[0]["_id"], "ground": "asked", "asked_by": "office", "asked_at": now}
    done = {"state": "done", "due": None, "until": now, "schema_version": 1}
    await mongo[name]["erasures"].insert_one({"_id": new_id(), **erasure, **done})
    has_owner = {"keyAltNames": {"$exists": True}}
    await mongo[f"{name}_vault"]["data_keys"].create_index(
        "keyAltNames", unique=True, partialFilterExpression=has_owner
    )


async def version_of(mongo: Client, name: str) -> Any:
    found = await mongo[name]["installation"].find_one({"_id": "installation"})
    return found["version"] if found else None


async def test_an_older_database_is_migrated_by_command_though_it_is_killed_and_run_three_at_once(
    program: Backend, mongo: Client, database_name: str
) -> None:
    await an_older_school(mongo, database_name)
    database = mongo[database_name]
    refused = await asyncio.to_thread(program.command, "serve")

    cut = origin().start("migrate", env=program.environment, output=program.home / "cut.log")
    async with asyncio.timeout(30):
        while not await database["students"].find_one({"name_key": {"$ne": None}}):  # noqa: ASYNC110  # in a database
            await asyncio.sleep(0.005)
    cut.kill()
    cut.wait()
    at_once = [
        origin().start("migrate", env=program.environment, output=program.home / f"{number}.log") for number in range(3)
    ]
    statuses = [await asyncio.to_thread(one.wait, 60) for one in at_once]
    again = await asyncio.to_thread(program.command, "migrate")
    await program.start()

    assert (refused.returncode, "MIGRATION_DUE" in refused.stderr, "migrate`" in refused.stderr) == (2, True, True)
    assert statuses == [0, 0, 0]
    assert again.stdout == "nothing to migrate\n"
    assert await version_of(mongo, database_name) == SCHEMA_VERSION
    rows = await database["students"].find({}, {"name_key": 1, "version": 1, "name": 1}).to_list()
    assert {(row["name_key"], row["version"]) for row in rows} == {(f"etudiant {n}", 1) for n in range(STUDENTS)}
    user = await database["users"].find_one({"email": "a@school.example"})
    assert user is not None
    assert user["email_verified"] is False
    vault = mongo[f"{database_name}_vault"]
    assert await vault["ledger"].find().to_list() == await database["erasures"].find().to_list()
    keys_index = (await vault["data_keys"].index_information())["keyAltNames_1"]
    assert (keys_index["unique"], "partialFilterExpression" in keys_index) == (True, False)
    program.stop()


async def test_a_database_of_a_newer_program_is_refused_with_a_sentence(
    program: Backend, mongo: Client, database_name: str
) -> None:
    newer = {"_id": "installation", "version": SCHEMA_VERSION + 1, "schema_version": SCHEMA_VERSION + 1}
    await mongo[database_name]["installation"].insert_one(newer)

    refused = [
        await asyncio.to_thread(program.command, command) for command in ("serve", "work", "migrate", "retention")
    ]

    assert [told.returncode for told in refused] == [2] * 4
    assert all(told.stderr.startswith("DATABASE_TOO_NEW: ") for told in refused)
    assert all("Traceback" not in told.stderr for told in refused)
    assert await version_of(mongo, database_name) == SCHEMA_VERSION + 1


async def test_a_new_database_is_of_this_version_and_a_step_that_fails_is_done_again(
    mongo: Client, database_name: str
) -> None:
    done: list[int] = []

    async def first() -> None:
        done.append(1)

    async def second() -> None:
        done.append(2)
        if done.count(2) == 1:
            raise ConnectionResetError

    steps = (Migration(SCHEMA_VERSION + 1, "first", first), Migration(SCHEMA_VERSION + 2, "second", second))
    kept = InstallationRepository(mongo[database_name])
    await InstallationService(kept, ()).check()
    newer = InstallationService(kept, steps, SCHEMA_VERSION + 2)

    with pytest.raises(MigrationDue):
        await newer.check()
    with pytest.raises(ConnectionResetError):
        await newer.migrate()
    assert await newer.migrate() == [f"{SCHEMA_VERSION + 2}: second"]
    await newer.check()
    assert done == [1, 2, 2]
