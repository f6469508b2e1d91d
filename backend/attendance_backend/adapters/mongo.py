"""The connection to MongoDB, its indexes and its transactions. It knows no collection: those belong to repositories."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeVar

import structlog
from pymongo import AsyncMongoClient, IndexModel
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import ConnectionFailure, DuplicateKeyError

from attendance_backend.ports.store import Transaction

T = TypeVar("T")
Client = AsyncMongoClient[dict[str, Any]]
Database = AsyncDatabase[dict[str, Any]]

ANSWER_MS = 5_000
"""A request waits this long for the database before it is told that there is none."""
START_SECONDS = 60.0
"""The embedded server reopens in 2 to 18 s after a crash; a replica set elects within 12."""
EMBEDDED = "secantus"
"""How the embedded server calls its replica set of one."""
log = structlog.stdlib.get_logger(__name__)


def connect(uri: str) -> Client:
    """A client that has not yet connected; times come back aware, in UTC."""
    return AsyncMongoClient(
        uri,
        tz_aware=True,
        appname="attendance-backend",
        serverSelectionTimeoutMS=ANSWER_MS,
        connectTimeoutMS=ANSWER_MS,
        retryWrites=True,
        w="majority",
        uuidRepresentation="standard",
    )


async def wait_until_reachable(client: Client, seconds: float = START_SECONDS) -> None:
    """Return as soon as the server answers (the driver itself looks for it twice a second).

    Raises:
        ConnectionFailure: it did not within the given time.
    """
    try:
        async with asyncio.timeout(seconds):
            while not await is_reachable(client):
                log.info("waiting_for_database")
    except TimeoutError as error:
        raise ConnectionFailure(f"the database did not answer within {seconds:.0f} s") from error


async def is_reachable(client: Client) -> bool:
    """Whether the server answers a ping now."""
    try:
        await client.admin.command("ping")
    except ConnectionFailure:
        return False
    return True


async def end_left_open(client: Client) -> None:
    """End the transactions that a process left open when it was killed: others would wait a minute for what they hold.

    Of the embedded server only, where few processes work: those of the living are run again, as after a conflict.
    """
    if (await client.admin.command("hello")).get("setName") == EMBEDDED:
        await client.admin.command({"killAllSessions": []})


async def ensure_indexes(database: Database, declared: Mapping[str, Sequence[IndexModel]]) -> None:
    """Make the indexes that are missing.

    Raises:
        OperationFailure: one exists under the same name with another definition: a migration has to settle that.
    """
    for collection, indexes in declared.items():
        await database[collection].create_indexes(list(indexes))


class MongoTransactions:
    """Runs a piece of work as one transaction, again after a conflict (the driver's own rule, 120 s at most).

    A duplicate that the work did not expect was written by somebody else between its look and its write: it looks
    again, once.
    """

    def __init__(self, client: Client) -> None:
        self._client = client

    async def run(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
        async with self._client.start_session() as session:
            try:
                return await session.with_transaction(work)
            except DuplicateKeyError:
                return await session.with_transaction(work)
