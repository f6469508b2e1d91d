"""Face tallies in MongoDB: a small document for each session that has photos. A caller finds those of their subjects.

They are read by whole months, since the embedded database finds days in a row only behind something equal.
"""

import datetime as dt
from collections.abc import Collection, Iterator
from typing import Any

from pymongo import ASCENDING, IndexModel
from pymongo.asynchronous.database import AsyncDatabase

from attendance_backend.bulk import MOST_ASKED, pieces
from attendance_backend.documents import SCHEMA_VERSION
from attendance_backend.domains.identity.schemas import Caller
from attendance_backend.domains.tallies.faces.schemas import FaceTally, Outcomes, Photographed
from attendance_backend.filters import all_of
from attendance_backend.kept import WITH_RECORDS, Kept
from attendance_backend.ports.store import RawDocument, Transaction
from attendance_backend.reach import of_subjects

INDEXES = {
    "face_tallies": [
        IndexModel([("month", ASCENDING), ("subject_id", ASCENDING)]),
        IndexModel([("subject_id", ASCENDING), ("date", ASCENDING)]),
    ]
}
KEPT = {"face_tallies": Kept("what a session's photos came to, in numbers of faces and students", WITH_RECORDS)}
_MANY = 1_000


class FaceTallyRepository:
    def __init__(self, database: AsyncDatabase[RawDocument]) -> None:
        self._tallies = database["face_tallies"]

    async def add(self, caller: Caller, tally: FaceTally, more: Outcomes, tx: Transaction) -> None:
        """Add to a session's outcomes; what is to be taken off is negative. `tally` tells whose they are."""
        steps = {f"outcomes.{name}": number for name, number in more.model_dump(exclude_defaults=True).items()}
        await self._change(caller, tally, {"$inc": steps}, tx)

    async def put_faces(self, caller: Caller, tally: FaceTally, told: Photographed, tx: Transaction) -> None:
        await self._change(caller, tally, {"$set": told.model_dump()}, tx)

    async def _change(self, caller: Caller, tally: FaceTally, change: dict[str, Any], tx: Transaction) -> None:
        whose = {**tally.model_dump(include={"subject_id", "date", "month"}), "schema_version": SCHEMA_VERSION}
        full = {**change, "$setOnInsert": whose}
        await self._tallies.update_one({"_id": tally.id}, full, upsert=True, session=tx, comment=caller.label)

    async def put(self, caller: Caller, tally: FaceTally, tx: Transaction) -> None:
        """Make a session's tally this, whatever it was; an empty one is forgotten."""
        same = {"_id": tally.id}
        if tally.is_empty:
            await self._tallies.delete_one(same, session=tx, comment=caller.label)
        else:
            await self._tallies.replace_one(same, tally.to_document(), upsert=True, session=tx, comment=caller.label)

    async def of_sessions(self, caller: Caller, session_ids: Collection[str], tx: Transaction) -> dict[str, FaceTally]:
        query = {"_id": {"$in": list(session_ids)}, **of_subjects(caller)}
        rows = self._tallies.find(query, session=tx, comment=caller.label)
        return {row["_id"]: FaceTally.from_document(row) async for row in rows}

    async def remove(self, caller: Caller, session_ids: Collection[str], tx: Transaction) -> None:
        for some in pieces(list(session_ids), MOST_ASKED):
            await self._tallies.delete_many({"_id": {"$in": list(some)}}, session=tx, comment=caller.label)

    async def between(self, caller: Caller, since: dt.date, until: dt.date, subject_id: str | None) -> list[FaceTally]:
        """Those of a range of days, both included, of one subject if it is named."""
        days = {"date": {"$gte": since.isoformat(), "$lte": until.isoformat()}}
        asked = [{"subject_id": subject_id}] if subject_id else [{"month": month} for month in _months(since, until)]
        return [
            FaceTally.from_document(row)
            for one in asked
            async for row in self._tallies.find(
                all_of(one, days, of_subjects(caller)), batch_size=_MANY, comment=caller.label
            )
        ]


def _months(since: dt.date, until: dt.date) -> Iterator[str]:
    first, last = (day.year * 12 + day.month - 1 for day in (since, until))
    return (f"{month // 12:04}-{month % 12 + 1:02}" for month in range(first, last + 1))
