"""The sessions of one process's transactions, known to the other processes, who end what it leaves open if it dies.

It runs no transaction and knows no other collection.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

import structlog
from bson import Binary
from pymongo import IndexModel
from pymongo.errors import PyMongoError

from attendance_backend.adapters.mongo import Client, Database
from attendance_backend.documents import new_id
from attendance_backend.kept import Kept
from attendance_backend.ports.store import Transaction

COLLECTION = "processes"
INDEXES: dict[str, list[IndexModel]] = {COLLECTION: []}
KEPT = {
    COLLECTION: Kept("by which sessions of the database each running process writes", "while the process is at work")
}
LOOK_SECONDS = 1.0
"""A process at work looks at the others so often; what follows is counted in looks."""
WAITED = 2
"""Whose transaction takes longer asks if all are alive: it may wait for what a dead one holds."""
ASKS = 12
"""And goes on asking for so long after the last that did: a caller who gives up and comes again waits anew."""
DEAD = 9
"""Who was asked and has not stirred in so many looks in a row is dead. More than a busy machine holds anybody up."""
UNUSED = 300
"""Sessions are given back after so long: a server forgets them after half an hour."""
AT_ONCE = 8
"""Sessions that are made known in one write, at least."""
LEAVE_SECONDS = 2.0
"""A database that does not answer holds up no end: who has not said that they leave is found dead."""
log = structlog.stdlib.get_logger(__name__)


class Watch:
    """Counts the looks in which others did not stir. It reads no clock: who looks keeps the looks apart."""

    def __init__(self) -> None:
        self._seen: dict[str, tuple[int, int]] = {}

    def look(self, beats: Mapping[str, int]) -> set[str]:
        """Who of these is dead, by the beat that is seen of each now. Who is not among them is forgotten."""
        seen = dict[str, tuple[int, int]]()
        for who, beat in beats.items():
            last, times = self._seen.get(who, (beat, 0))
            seen[who] = (beat, times + 1 if beat == last else 1)
        self._seen = seen
        return {who for who, (_, times) in seen.items() if times >= DEAD}


class Heartbeat:
    """One process among those that write in a database.

    Its sessions stand in a document before they are used. Nobody writes there while all goes well: only when somebody
    asks, because a transaction takes long, does everyone count up a number of theirs. Who does not is taken for dead by
    the others, who end what its sessions left open. If it lives after all, its transactions are run again.
    """

    def __init__(self, client: Client, database: Database, look_seconds: float = LOOK_SECONDS) -> None:
        self._client = client
        self._rows = database[COLLECTION]
        self._look_seconds = look_seconds
        self._id = new_id()
        self._beat = 0
        self._asks = ASKS
        """Looks for which it still asks; a new one does, for the process before it may have died."""
        self._watch = Watch()
        self._free: list[tuple[Transaction, float]] = []
        """And since when; the last used is the last."""
        self._taken: dict[Transaction, float] = {}
        """And since when; the first taken is the first."""
        self._at_work = asyncio.Event()
        self._writing = asyncio.Lock()

    @contextlib.asynccontextmanager
    async def session(self) -> AsyncIterator[Transaction]:
        """A session for one transaction after the other.

        Raises:
            ConnectionFailure: it had to be made known first, and the database is away.
        """
        while not self._free:
            await self._make_more()
        session, _ = self._free.pop()
        self._taken[session] = time.monotonic()
        try:
            yield session
        finally:
            del self._taken[session]
            self._free.append((session, time.monotonic()))

    @contextlib.asynccontextmanager
    async def beating(self) -> AsyncIterator[None]:
        """Look after the others meanwhile, and leave at the end, when all transactions are done."""
        task = asyncio.create_task(self._look_again_and_again())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait([task], timeout=LEAVE_SECONDS)
            with contextlib.suppress(PyMongoError, TimeoutError):
                async with asyncio.timeout(LEAVE_SECONDS):
                    await self._leave_unless_used(since=time.monotonic())

    async def look(self) -> None:
        """Answer if somebody asks, ask if a transaction takes long, and end what the dead left open."""
        self._asks = ASKS if self._waits() else max(self._asks - 1, 0)
        others = {row["_id"]: row for row in await self._rows.find({}).to_list()}
        mine = others.pop(self._id, None)
        asked = self._asks > 0 or any(row["asks"] for row in others.values())
        if asked or mine is None or mine["asks"]:
            async with self._writing:
                await self._write()
        dead = self._watch.look({who: row["beat"] for who, row in others.items()} if asked else {})
        for who in dead:
            await self._bury(others[who])

    async def _look_again_and_again(self) -> None:
        while True:
            await self._at_work.wait()
            await asyncio.sleep(self._look_seconds)
            try:
                await self._leave_unless_used(since=time.monotonic() - UNUSED * self._look_seconds)
                if self._at_work.is_set():
                    await self.look()
            except Exception:  # the loop outlives whatever a moment without a database brings
                log.exception("look_at_other_processes_failed")

    async def _make_more(self) -> None:
        async with self._writing:
            if self._free:
                return
            number = max(AT_ONCE, len(self._taken))
            more = [self._client.start_session(causal_consistency=False) for _ in range(number)]
            await self._write(more)
            self._free += [(session, time.monotonic()) for session in more]
            self._at_work.set()

    async def _write(self, more: Sequence[Transaction] = ()) -> None:
        self._beat += 1
        sessions = [*self._taken, *(session for session, _ in self._free), *more]
        row = {"beat": self._beat, "asks": self._asks > 0, "sessions": [one.session_id["id"] for one in sessions]}
        await self._rows.replace_one({"_id": self._id}, row, upsert=True)

    async def _leave_unless_used(self, since: float) -> None:
        """Give back the sessions that were not used since then; with the last of them go."""
        while self._free and self._free[0][1] <= since:
            session, _ = self._free.pop(0)
            await session.end_session()
        async with self._writing:
            if self._at_work.is_set() and not (self._free or self._taken):
                self._at_work.clear()
                await self._rows.delete_one({"_id": self._id})

    async def _bury(self, row: Mapping[str, Any]) -> None:
        """First end, then forget: who dies in between leaves the rest to the next."""
        sessions = [{"id": Binary.from_uuid(session)} for session in row["sessions"]]
        await self._client.admin.command({"killSessions": sessions})
        if (await self._rows.delete_one({"_id": row["_id"], "beat": row["beat"]})).deleted_count:
            log.warning("ended_what_a_dead_process_left_open", process=row["_id"], sessions=len(sessions))

    def _waits(self) -> bool:
        now = time.monotonic()
        return now - next(iter(self._taken.values()), now) > WAITED * self._look_seconds
