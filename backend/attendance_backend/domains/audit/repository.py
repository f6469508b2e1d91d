"""Audit entries and the head of their chain in MongoDB. Entries are added and sealed, never changed."""

from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from pymongo import ASCENDING, IndexModel, UpdateOne
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import DuplicateKeyError

from attendance_backend.bulk import batches
from attendance_backend.documents import id_at, moment_of
from attendance_backend.domains.audit.schemas import Asked, AuditEntry, ChainHead, RawEntry, Seal, SealedEntry
from attendance_backend.domains.identity.schemas import Caller
from attendance_backend.filters import all_of
from attendance_backend.kept import PROOF, Kept, Whose
from attendance_backend.paging import Page, PageRequest
from attendance_backend.ports.store import RawDocument, Transaction
from attendance_kit.errors import InvalidRequest

WALKED_AT_ONCE = 500
HEAD = "head"
SHORTEST, LONGEST = timedelta(minutes=1), timedelta(days=365 * 20)
IDS_BY_THE_CLOCK = timedelta(minutes=1)
"""An id is made at the moment the entry tells, give or take far less than this."""
IDS_AHEAD = timedelta(hours=3)
"""But not while a process runs whose clock was set back: its ids go on from where they were."""
_SEALED = {"seal.number": {"$exists": True}}
INDEXES: dict[str, list[IndexModel]] = {
    "audit": [
        IndexModel([("target_id", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("actor_id", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("action", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("sealed", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("seal.number", ASCENDING)], unique=True, partialFilterExpression=_SEALED),
    ],
    "audit_chain": [],
}
KEPT = {
    "audit": Kept(
        "what was done, when, by whom and to whom: never a face, a vector or a password",
        PROOF,
        found_by=(("target_id", Whose.STUDENT), ("target_id", Whose.ACCOUNT), ("actor_id", Whose.ACCOUNT)),
        shows=("_id", "at", "actor_id", "actor_role", "action", "target_id", "details", "request_id", "seal"),
        hides=("sealed",),
    ),
    "audit_chain": Kept("how long the chain of the audit log is", PROOF),
}


class AuditRepository:
    def __init__(self, database: AsyncDatabase[RawDocument]) -> None:
        self._entries = database["audit"]
        self._chain = database["audit_chain"]

    def every(self, caller: Caller) -> AsyncIterator[list[SealedEntry]]:
        """Every entry."""
        return batches(self._entries.find({}, comment=caller.label), SealedEntry.from_document)

    async def add(self, caller: Caller, entry: AuditEntry, tx: Transaction) -> None:
        await self._entries.insert_one(entry.to_document(), session=tx, comment=caller.label)

    async def page(self, caller: Caller, asked: Asked, page: PageRequest, now: datetime) -> Page[SealedEntry]:
        """The newest entries first. Where nothing equal is asked for they are looked for ever further back.

        The embedded database reads all that a range holds, however few rows are asked for; one without end is the log.
        """
        wanted = all_of(*_wanted(asked))
        if any(field in wanted for field in ("actor_id", "target_id", "action")):
            return await page.read(caller, self._entries, wanted, SealedEntry.from_document)
        found: Page[SealedEntry] = Page(items=[])
        for first in _back_from(_newest(page, now)):
            behind = all_of(wanted, {"_id": {"$gte": first}})
            both = [{"sealed": is_sealed, **behind} for is_sealed in (False, True)]
            found = await page.read_any(caller, self._entries, both, SealedEntry.from_document)
            if found.next_cursor:
                break
        return found

    async def start_chain(self, caller: Caller) -> None:
        """Make the head of an empty chain, unless there is one."""
        try:
            await self._chain.insert_one({"_id": HEAD, "number": 0, "hash": ""}, comment=caller.label)
        except DuplicateKeyError:
            return

    async def head(self, caller: Caller, tx: Transaction | None = None) -> ChainHead | None:
        found = await self._chain.find_one({"_id": HEAD}, session=tx, comment=caller.label)
        return ChainHead(found["number"], found["hash"]) if found else None

    async def move_head(self, caller: Caller, before: ChainHead, after: ChainHead, tx: Transaction) -> bool:
        """Whether the head was still where it was: two who seal at once can't both go on from it."""
        same = {"_id": HEAD, "number": before.number, "hash": before.hash}
        change = {"$set": {"number": after.number, "hash": after.hash}}
        done = await self._chain.update_one(same, change, session=tx, comment=caller.label)
        return done.matched_count == 1

    async def unsealed(self, caller: Caller, tx: Transaction | None = None, after: str = "") -> list[RawEntry]:
        """Entries that wait, by id, those behind `after`."""
        query = {"sealed": False, "_id": {"$gt": after}}
        rows = self._entries.find(query, session=tx, comment=caller.label).sort("_id").limit(WALKED_AT_ONCE)
        return [_raw(row) async for row in rows]

    async def seal(self, caller: Caller, seals: Mapping[str, Seal], tx: Transaction) -> None:
        changes = [
            UpdateOne({"_id": entry_id, "sealed": False}, {"$set": {"sealed": True, "seal": seal.model_dump()}})
            for entry_id, seal in seals.items()
        ]
        await self._entries.bulk_write(changes, session=tx, comment=caller.label)

    async def chained(self, caller: Caller) -> AsyncIterator[RawEntry]:
        """Every entry with a number, in the order of numbers, a batch at a time."""
        # One cursor: the embedded database would read the rest of the chain anew for every piece of it.
        rows = self._entries.find({"seal.number": {"$gt": 0}}, comment=caller.label, batch_size=WALKED_AT_ONCE)
        async for row in rows.sort("seal.number"):
            yield _raw(row)

    async def stray(self, caller: Caller) -> str | None:
        """An entry that says it is sealed and has no number, so that the walk would not pass it."""
        query = {"sealed": {"$ne": False}, "seal.number": {"$not": {"$type": "number"}}}
        found = await self._entries.find_one(query, {"_id": 1}, comment=caller.label)
        return str(found["_id"]) if found else None


def _newest(page: PageRequest, now: datetime) -> datetime:
    """Before which moment the entries of a page were made.

    Raises:
        InvalidRequest: the cursor is none of this list.
    """
    if page.after is None:
        return now + IDS_BY_THE_CLOCK
    try:
        return moment_of(page.after.id)
    except (ValueError, OverflowError) as error:
        raise InvalidRequest("The cursor is none that this list gave out.", field="cursor") from error


def _back_from(newest: datetime) -> Iterator[str]:
    """The first ids of ever longer stretches of time up to a moment, the last of them of all time."""
    stretch = SHORTEST
    while stretch < LONGEST:
        yield id_at(newest - stretch)
        stretch *= 4
    yield ""


def _raw(row: Mapping[str, Any]) -> RawEntry:
    return RawEntry(str(row["_id"]), row)


def _wanted(asked: Asked) -> list[dict[str, Any]]:
    """The filters. Moments are narrowed by id as well, since every index ends with it."""
    fields = {"actor_id": asked.actor_id, "target_id": asked.target_id, "action": asked.action}
    wanted: list[dict[str, Any]] = [{name: value} for name, value in fields.items() if value is not None]
    if asked.since:
        wanted += [{"at": {"$gte": asked.since}}, {"_id": {"$gte": id_at(asked.since - IDS_BY_THE_CLOCK)}}]
    if asked.until:
        wanted += [{"at": {"$lt": asked.until}}, {"_id": {"$lt": id_at(asked.until + IDS_AHEAD)}}]
    return wanted
