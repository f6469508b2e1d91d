"""The connection to MongoDB, its indexes and its transactions. It knows no collection: those belong to repositories."""

import asyncio
import random
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Generic, TypeVar

import structlog
from pymongo import AsyncMongoClient, IndexModel
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import ConnectionFailure, DuplicateKeyError, OperationFailure, PyMongoError

from attendance_backend.ports.store import ENDED, Transaction

T = TypeVar("T")
Client = AsyncMongoClient[dict[str, Any]]
Database = AsyncDatabase[dict[str, Any]]

ANSWER_MS = 5_000
"""A request waits this long for the database before it is told that there is none."""
SILENT_MS = 60_000 if sys.version_info >= (3, 12) else None
"""A call is given up after so long where the server is there and only the connection is not, as behind a firewall that
drops idle ones. (A server that falls silent as a whole the driver notices by itself, within 20 s.) The driver uses
`asyncio.wait_for`, which in Python 3.11 loses a cancellation that comes as a write ends (bpo-42130): what can't be
stopped is worse than what waits.
"""
GONE_SECONDS = 5.0
"""A transaction that met a database out of reach is tried again for so long; by the driver it would be for 120 s."""
CONFLICT_SECONDS = 120.0
"""And for so long while others write the same: the driver's own rule, and its pauses below."""
FIRST_PAUSE, GROWTH, LONGEST_PAUSE = 0.005, 1.5, 0.5
OUT_OF_ORDER = frozenset({1, 14031})
"""Codes by which a server says that it can't work, whatever it is asked: its own InternalError, which is all that the
embedded one answers once its disk was full, and OutOfDiskSpace."""
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
        socketTimeoutMS=SILENT_MS,
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
    """End what a killed process left open as it is started again: nobody has to find out first that it is dead.

    Of the embedded server only, where few processes work: those of the living are run again, as after a conflict.
    """
    if (await client.admin.command("hello")).get("setName") == EMBEDDED:
        await client.admin.command({"killAllSessions": []})


async def reads(client: Client) -> bool:
    """Whether the server can read: the embedded one answers a ping even with its files in a state of panic."""
    try:
        await client.admin["nothing"].find_one({})
    except OperationFailure as error:
        return error.code not in OUT_OF_ORDER
    except ConnectionFailure:
        return False
    return True


async def ensure_indexes(database: Database, declared: Mapping[str, Sequence[IndexModel]]) -> None:
    """Make the indexes that are missing.

    Raises:
        OperationFailure: one exists under the same name with another definition: a migration has to settle that.
    """
    for collection, indexes in declared.items():
        await database[collection].create_indexes(list(indexes))


class MongoTransactions:
    """Runs a piece of work as one transaction, again after a conflict, and after a database that was away for a moment.

    A duplicate that the work did not expect was written by somebody else between its look and its write: it looks
    again, once.
    """

    def __init__(self, session: Callable[[], AbstractAsyncContextManager[Transaction]]) -> None:
        self._session = session

    async def run(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
        """What the work returns, once it is committed.

        Raises:
            ConnectionFailure: the database is away, and nobody knows whether the transaction was committed.
        """
        async with self._session() as session:
            try:
                return await _Run(session, work).result()
            except DuplicateKeyError:
                return await _Run(session, work).result()


class _Run(Generic[T]):
    """One piece of work, tried until it is committed. The driver's `with_transaction` with a patience of our own."""

    def __init__(self, session: Transaction, work: Callable[[Transaction], Awaitable[T]]) -> None:
        self._session = session
        self._work = work
        self._began = time.monotonic()
        self._gone_since: float | None = None
        self._tries = 0

    async def result(self) -> T:
        while True:
            try:
                return await self._try()
            except PyMongoError as error:
                if not (_is_passing(error) and self._may_go_on(error)):
                    raise
            self._tries += 1
            await asyncio.sleep(random.random() * min(FIRST_PAUSE * GROWTH**self._tries, LONGEST_PAUSE))

    async def _try(self) -> T:
        await self._session.start_transaction()
        try:
            result = await self._work(self._session)
        except BaseException:
            if self._session.in_transaction:
                await self._session.abort_transaction()
            raise
        await self._commit()
        return result

    async def _commit(self) -> None:
        """Ask to commit until it is known whether it was: to ask twice commits once."""
        while True:
            try:
                await self._session.commit_transaction()
            except PyMongoError as error:
                if not (error.has_error_label("UnknownTransactionCommitResult") and self._may_go_on(error)):
                    raise
            else:
                return

    def _may_go_on(self, error: PyMongoError) -> bool:
        now = time.monotonic()
        if not isinstance(error, ConnectionFailure):
            return now - self._began < CONFLICT_SECONDS
        self._gone_since = self._gone_since or now
        return now - self._gone_since < GONE_SECONDS


def _is_passing(error: PyMongoError) -> bool:
    ended = isinstance(error, OperationFailure) and error.code == ENDED
    return ended or error.has_error_label("TransientTransactionError")
