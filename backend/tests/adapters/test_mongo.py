"""Transactions on the real database."""

import asyncio

import pytest
from pymongo.errors import BulkWriteError, OperationFailure

from attendance_backend.adapters.mongo import EMBEDDED, Client, MongoTransactions, end_left_open
from attendance_backend.ports.store import ENDED, Transaction


class OutOfOrder(Exception):  # what a piece of work may raise
    """Something the work itself finds wrong."""


async def test_what_the_work_raises_undoes_all_of_it(mongo: Client, database_name: str) -> None:
    rows = mongo[database_name]["rows"]
    await rows.insert_one({"_id": "before"})

    async def work(tx: Transaction) -> None:
        await rows.insert_one({"_id": "during"}, session=tx)
        raise OutOfOrder

    with pytest.raises(OutOfOrder):
        await MongoTransactions(mongo.start_session).run(work)

    assert [row["_id"] async for row in rows.find()] == ["before"]


async def test_of_many_who_count_at_once_none_is_lost(mongo: Client, database_name: str) -> None:
    rows = mongo[database_name]["rows"]
    await rows.insert_one({"_id": "counter", "count": 0})

    async def work(tx: Transaction) -> None:
        found = await rows.find_one({"_id": "counter"}, session=tx)
        assert found is not None
        await rows.update_one({"_id": "counter"}, {"$set": {"count": found["count"] + 1}}, session=tx)

    await asyncio.gather(*[MongoTransactions(mongo.start_session).run(work) for _ in range(10)])

    assert await rows.find_one() == {"_id": "counter", "count": 10}


async def test_work_that_meets_a_duplicate_is_done_again_once(mongo: Client, database_name: str) -> None:
    rows = mongo[database_name]["rows"]
    attempts: list[int] = []

    async def work(tx: Transaction) -> None:
        attempts.append(len(attempts))
        await rows.insert_one({"_id": "one"}, session=tx)
        if len(attempts) == 1:
            await rows.insert_one({"_id": "one"}, session=tx)

    async def always_twice(tx: Transaction) -> None:
        await rows.insert_many([{"_id": "two"}, {"_id": "two"}], session=tx)

    await MongoTransactions(mongo.start_session).run(work)
    with pytest.raises(BulkWriteError):
        await MongoTransactions(mongo.start_session).run(always_twice)

    assert attempts == [0, 1]
    assert [row["_id"] async for row in rows.find()] == ["one"]


async def test_work_in_the_middle_of_which_somebody_ends_it_is_done_again(mongo: Client, database_name: str) -> None:
    rows = mongo[database_name]["rows"]
    attempts: list[int] = []

    async def work(tx: Transaction) -> None:
        attempts.append(len(attempts))
        await rows.insert_one({"_id": len(attempts)}, session=tx)
        if len(attempts) == 1:
            raise OperationFailure("operation was interrupted", ENDED)

    await MongoTransactions(mongo.start_session).run(work)

    assert [row["_id"] async for row in rows.find()] == [2]


@pytest.fixture
async def embedded(mongo: Client) -> Client:
    if (await mongo.admin.command("hello")).get("setName") != EMBEDDED:
        pytest.skip("the server of MONGODB_URI ends by itself what was left open")
    return mongo


async def test_what_a_dead_process_left_open_holds_nobody_up(embedded: Client, database_name: str) -> None:
    rows = embedded[database_name]["rows"]
    await rows.insert_one({"_id": "one", "by": "nobody"})
    async with embedded.start_session() as dead:
        await dead.start_transaction()
        await rows.update_one({"_id": "one"}, {"$set": {"by": "the dead"}}, session=dead)

        await end_left_open(embedded)
        await rows.update_one({"_id": "one"}, {"$set": {"by": "the living"}})

        with pytest.raises(OperationFailure):
            await dead.commit_transaction()
    assert await rows.find_one() == {"_id": "one", "by": "the living"}


async def test_work_of_the_living_that_was_ended_with_it_is_done_again(embedded: Client, database_name: str) -> None:
    rows = embedded[database_name]["rows"]
    attempts: list[int] = []

    async def work(tx: Transaction) -> None:
        attempts.append(len(attempts))
        await rows.insert_one({"_id": len(attempts)}, session=tx)
        if len(attempts) == 1:
            await end_left_open(embedded)

    await MongoTransactions(embedded.start_session).run(work)

    assert [row["_id"] async for row in rows.find()] == [2]
