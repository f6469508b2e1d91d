"""What reads a whole database: all as it was when the reading began, or a refusal that says what happened."""

import asyncio

import pytest
from bson import Binary
from pymongo.errors import OperationFailure

from attendance_backend.adapters.mongo import Client
from attendance_backend.domains.backups.errors import SnapshotLost
from attendance_backend.domains.backups.repository import CopyRepository
from attendance_backend.domains.identity.schemas import SYSTEM
from attendance_backend.ports.store import ENDED


async def test_a_transaction_that_is_ended_while_it_reads_is_told_as_lost(mongo: Client, database_name: str) -> None:
    rows = [{"_id": number, "text": "x" * 1000} for number in range(6000)]
    await mongo[database_name]["students"].insert_many(rows)
    repository, began = CopyRepository(mongo[database_name], frozenset()), asyncio.Event()
    sessions = []

    async def read_again_and_again() -> None:
        async with repository.snapshot() as tx:
            sessions.append({"id": Binary.from_uuid(tx.session_id["id"].as_uuid())})
            while True:
                async for some in repository.documents(SYSTEM, "students", tx):
                    assert some
                    began.set()

    reading = asyncio.create_task(read_again_and_again())
    async with asyncio.timeout(60):
        await began.wait()
        await mongo.admin.command({"killSessions": sessions})
        with pytest.raises(SnapshotLost):
            await reading


@pytest.mark.parametrize(("code", "told"), [(ENDED, SnapshotLost), (13, OperationFailure)])
async def test_one_that_is_ended_in_the_middle_of_a_call_is_lost_and_any_other_failure_is_what_it_is(
    code: int, told: type[Exception], mongo: Client, database_name: str
) -> None:
    failure = OperationFailure("as a server says it", code)
    with pytest.raises(told) as raised:
        async with CopyRepository(mongo[database_name], frozenset()).snapshot():
            raise failure
    assert failure in {raised.value, raised.value.__cause__}
