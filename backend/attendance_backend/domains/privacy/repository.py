"""The ledger of erasures in MongoDB. An entry is added with what it promises, and never removed."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pymongo import ASCENDING, IndexModel
from pymongo.asynchronous.database import AsyncDatabase

from attendance_backend.documents import id_at
from attendance_backend.domains.identity.schemas import Caller
from attendance_backend.domains.privacy.schemas import Erasure, ErasureState
from attendance_backend.kept import PROOF, Kept, Whose
from attendance_backend.paging import Page, PageRequest
from attendance_backend.ports.store import RawDocument, Transaction

INDEXES = {
    "erasures": [
        IndexModel([("student_id", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("due", ASCENDING), ("_id", ASCENDING)]),
    ]
}
KEPT = {
    "erasures": Kept(
        "the ledger of erasures: whose face, when, and how much was erased",
        PROOF,
        found_by=(("student_id", Whose.STUDENT),),
        shows=("_id", *(name for name in Erasure.model_fields if name not in {"id", "due"})),
        hides=("due",),
    )
}
LEDGER = "ledger"
"""The collection of the vault that has every erasure as it was asked. It is never in a backup of the data, so that a
restore knows what was erased since."""
COUNTED = ("templates", "photos", "records", "galleries")


async def fill_ledger(database: AsyncDatabase[RawDocument], vault: AsyncDatabase[RawDocument]) -> None:
    """Tell the ledger of the erasures of before there was one."""
    async for row in database["erasures"].find({}):
        await vault[LEDGER].replace_one({"_id": row["_id"]}, row, upsert=True)


class ErasureRepository:
    def __init__(self, database: AsyncDatabase[RawDocument], vault: AsyncDatabase[RawDocument]) -> None:
        self._erasures = database["erasures"]
        self._ledger = vault[LEDGER]

    async def add(self, caller: Caller, erasure: Erasure, tx: Transaction) -> None:
        """Keep an erasure, and say so where a restore of the data finds it."""
        for kept in (self._erasures, self._ledger):
            await kept.insert_one(erasure.to_document(), session=tx, comment=caller.label)

    async def bring_back(self, caller: Caller, due: datetime) -> int:
        """Keep every erasure that only the ledger tells of, as one that is due; how many there are.

        Both are read as they lie: the ledger has an entry an erasure, hundreds and not thousands.
        """
        known = {row["_id"] async for row in self._erasures.find({}, {"_id": 1}, comment=caller.label)}
        missing = [row async for row in self._ledger.find({}, comment=caller.label) if row["_id"] not in known]
        as_new = {"state": ErasureState.PENDING, "due": due, "until": None}
        if missing:
            await self._erasures.insert_many([{**row, **as_new} for row in missing], comment=caller.label)
        return len(missing)

    async def due(self, caller: Caller, now: datetime) -> Erasure | None:
        """The erasure that is due longest."""
        found = await self._erasures.find_one({"due": {"$lte": now}}, sort=[("due", ASCENDING)], comment=caller.label)
        return Erasure.from_document(found) if found else None

    async def pending_of(self, caller: Caller, student_id: str) -> list[str]:
        query = {"student_id": student_id, "state": ErasureState.PENDING}
        rows = self._erasures.find(query, {"_id": 1}, comment=caller.label).sort("_id")
        return [row["_id"] async for row in rows]

    async def by_id(self, caller: Caller, erasure_id: str) -> Erasure | None:
        found = await self._erasures.find_one({"_id": erasure_id}, comment=caller.label)
        return Erasure.from_document(found) if found else None

    async def begin(self, caller: Caller, erasure_id: str, until: datetime, due: datetime) -> None:
        """Say up to when things are erased, unless that was said, and when to look again if this is cut short."""
        said = {"_id": erasure_id, "until": None}
        await self._erasures.update_one(said, {"$set": {"until": until}}, comment=caller.label)
        await self._erasures.update_one({"_id": erasure_id}, {"$set": {"due": due}}, comment=caller.label)

    async def settle(
        self, caller: Caller, erasure: Erasure, change: Mapping[str, Any], counted: Mapping[str, int], tx: Transaction
    ) -> bool:
        """Whether the erasure was still as it was seen: nobody else has carried it out meanwhile."""
        what = {"$set": dict(change), "$inc": {name: counted.get(name, 0) for name in COUNTED}}
        seen = {"_id": erasure.id, "state": erasure.state}
        done = await self._erasures.update_one(seen, what, session=tx, comment=caller.label)
        return done.matched_count == 1

    async def page(self, caller: Caller, student_id: str, page: PageRequest) -> Page[Erasure]:
        return await page.read(caller, self._erasures, {"student_id": student_id}, Erasure.from_document)

    async def ask_again(self, caller: Caller, since: datetime, due: datetime) -> int:
        """Make every erasure that was asked for since a moment pending again; how many there are."""
        query = {"_id": {"$gte": id_at(since)}}
        change = {"$set": {"state": ErasureState.PENDING, "due": due}}
        done = await self._erasures.update_many(query, change, comment=caller.label)
        return done.modified_count
