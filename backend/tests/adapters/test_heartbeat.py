"""Processes that die in the middle of a transaction, and those that only seem to, on the real database."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymongo.errors import OperationFailure

from attendance_backend.adapters.heartbeat import ASKS, AT_ONCE, COLLECTION, DEAD, Heartbeat, Watch
from attendance_backend.adapters.mongo import Client, Database, MongoTransactions, end_left_open
from attendance_backend.ports.store import Transaction

QUICK = 0.05
"""Seconds between looks."""
PATIENCE = 30.0
AWAY = None
Beats = list[int | None]


def stretches(draw: Callable[[st.SearchStrategy[Any]], Any]) -> Beats:
    """What a process shows in look after look: its beat, the same for a while or one more, or nothing."""
    shown: Beats = []
    for beat, (is_there, times) in enumerate(draw(st.lists(st.tuples(st.booleans(), st.integers(1, DEAD + 2))))):
        shown += [beat if is_there else AWAY] * times
    return shown


@st.composite
def histories(draw: Callable[[st.SearchStrategy[Any]], Any]) -> dict[str, Beats]:
    return {who: stretches(draw) for who in "abc"}


@given(histories())
def test_dead_is_who_did_not_stir_in_so_many_looks_in_a_row_and_nobody_else(shown: dict[str, Beats]) -> None:
    watch = Watch()
    for number in range(max(map(len, shown.values()))):
        so_far = {who: beats[: number + 1][-DEAD:] for who, beats in shown.items() if number < len(beats)}
        found = watch.look({who: beats[-1] for who, beats in so_far.items() if beats[-1] is not AWAY})

        assert found == {who for who, last in so_far.items() if last.count(last[-1]) == DEAD and last[-1] is not AWAY}


@pytest.fixture
async def database(mongo: Client, database_name: str) -> AsyncIterator[Database]:
    yield mongo[database_name]
    await end_left_open(mongo)  # by a test that failed: the database can't be dropped meanwhile


@pytest.fixture
async def survivor(mongo: Client, database: Database) -> AsyncIterator[Heartbeat]:
    heartbeat = Heartbeat(mongo, database, QUICK)
    async with heartbeat.beating():
        yield heartbeat


async def known(database: Database) -> list[dict[str, Any]]:
    """The processes that are at work."""
    return await database[COLLECTION].find().to_list()


async def until_one_is_left(database: Database) -> None:
    async with asyncio.timeout(PATIENCE):
        left = 0
        while left != 1:
            await asyncio.sleep(QUICK)
            left = len(await known(database))


async def write(heartbeat: Heartbeat, database: Database, who: str) -> None:
    """One transaction on the row that everybody writes."""

    async def work(tx: Transaction) -> None:
        await database["rows"].update_one({"_id": "one"}, {"$set": {"by": who}}, upsert=True, session=tx)

    async with asyncio.timeout(PATIENCE):
        await MongoTransactions(heartbeat.session).run(work)


async def test_what_a_dead_process_holds_is_ended_by_who_waits_for_it(
    mongo: Client, database: Database, survivor: Heartbeat
) -> None:
    dead = Heartbeat(mongo, database, QUICK)
    await write(dead, database, "the dead")
    async with dead.session() as left_open:
        await left_open.start_transaction()
        await database["rows"].update_one({"_id": "one"}, {"$set": {"by": "the dying"}}, session=left_open)

        await write(survivor, database, "the living")
        with pytest.raises(OperationFailure):
            await left_open.commit_transaction()

    assert await database["rows"].find().to_list() == [{"_id": "one", "by": "the living"}]
    await until_one_is_left(database)


async def test_who_only_stood_still_does_its_work_again_and_is_known_again(
    mongo: Client, database: Database, survivor: Heartbeat
) -> None:
    still = Heartbeat(mongo, database, QUICK)
    attempts: list[int] = []

    async def count(tx: Transaction) -> None:
        attempts.append(len(attempts))
        await database["rows"].update_one({"_id": "one"}, {"$inc": {"count": 1}}, upsert=True, session=tx)
        if len(attempts) == 1:
            await write(survivor, database, "the survivor")

    await MongoTransactions(still.session).run(count)
    await still.look()

    assert attempts == [0, 1]
    assert await database["rows"].find().to_list() == [{"_id": "one", "by": "the survivor", "count": 1}]
    assert len(await known(database)) == 2


async def test_who_answers_is_not_ended_however_long_it_takes(
    mongo: Client, database: Database, survivor: Heartbeat
) -> None:
    slow = Heartbeat(mongo, database, QUICK)
    attempts: list[int] = []

    async def work(tx: Transaction) -> None:
        attempts.append(len(attempts))
        await database["rows"].insert_one({"_id": "slow"}, session=tx)
        rounds = 0
        while rounds < 3 * DEAD:
            rounds += 1
            await slow.look()
            await asyncio.sleep(QUICK)

    await write(survivor, database, "the survivor")
    await MongoTransactions(slow.session).run(work)

    assert attempts == [0]
    assert len(await known(database)) == 2


async def test_while_nobody_waits_nobody_writes(mongo: Client, database: Database) -> None:
    one, another = Heartbeat(mongo, database, QUICK), Heartbeat(mongo, database, QUICK)
    for each in (one, another):
        await write(each, database, "each")
    for _ in range(ASKS + 2):
        await one.look()
        await another.look()
    before = await known(database)

    for _ in range(DEAD + 1):
        await one.look()

    assert [row["asks"] for row in before] == [False, False]
    assert await known(database) == before


async def test_every_session_is_known_before_it_is_used(database: Database, survivor: Heartbeat) -> None:
    everybody = 3 * AT_ONCE
    at_once = asyncio.Barrier(everybody)

    async def one() -> None:
        async with survivor.session() as session:
            await at_once.wait()
            [row] = await known(database)
            used.append(session.session_id["id"].as_uuid() in row["sessions"])

    used = list[bool]()
    async with asyncio.timeout(PATIENCE):
        await asyncio.gather(*(one() for _ in range(everybody)))

    assert used == [True] * everybody


async def test_who_ends_or_has_nothing_to_do_leaves_nothing_behind(mongo: Client, database: Database) -> None:
    hasty, ending = Heartbeat(mongo, database, look_seconds=0.001), Heartbeat(mongo, database)
    async with contextlib.AsyncExitStack() as running:
        for each in (hasty, ending):
            await running.enter_async_context(each.beating())
            await write(each, database, "each")
        await until_one_is_left(database)
        await write(hasty, database, "hasty, once more")

    assert await known(database) == []
    assert await database["rows"].find().to_list() == [{"_id": "one", "by": "hasty, once more"}]
