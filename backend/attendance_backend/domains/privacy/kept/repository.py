"""Reads and removes rows of any collection as it declares itself. It reads only what the row's person is shown."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from pymongo.asynchronous.database import AsyncDatabase

from attendance_backend.bulk import MOST_ASKED, pieces
from attendance_backend.documents import id_at
from attendance_backend.domains.identity.schemas import Caller
from attendance_backend.domains.privacy.kept.schemas import Named
from attendance_backend.kept import Aged, Kept
from attendance_backend.ports.store import RawDocument, Transaction


class KeptRepository:
    def __init__(self, database: AsyncDatabase[RawDocument]) -> None:
        self._database = database

    async def rows_of(self, caller: Caller, name: str, kept: Kept, person: Named) -> AsyncIterator[RawDocument]:
        """What a collection shows to the person whom its fields name, each row once."""
        shown = {"_id": 1, **dict.fromkeys(kept.shows, 1)}
        seen: set[str] = set()
        for field, whose in kept.found_by:
            for value in person.by.get(whose, ()):
                rows = self._database[name].find({field: value}, shown, comment=caller.label).sort("_id")
                async for row in rows:
                    if row["_id"] not in seen:
                        seen.add(row["_id"])
                        yield _shown(row, kept)

    async def remove_of_sessions(
        self, caller: Caller, name: str, field: str, session_ids: Sequence[str], tx: Transaction
    ) -> None:
        for some in pieces(session_ids, MOST_ASKED):
            query = {field: {"$in": list(some)}}
            await self._database[name].delete_many(query, session=tx, comment=caller.label)

    async def of_days_before(self, caller: Caller, name: str, aged: Aged, day: str, most: int) -> tuple[str, ...]:
        """The ids of those that go with records of days before one."""
        found: list[str] = []
        for within in [{"state": state} for state in aged.states] or [{}]:
            found += await self._ids(caller, name, {**within, aged.day: {"$lt": day}}, most - len(found))
        return tuple(found)

    async def made_before(self, caller: Caller, name: str, moment: datetime, most: int) -> tuple[str, ...]:
        """The ids of those that were made before a moment, which their ids tell."""
        return tuple(await self._ids(caller, name, {"_id": {"$lt": id_at(moment)}}, most))

    async def remove(self, caller: Caller, name: str, ids: Sequence[str], tx: Transaction) -> None:
        for some in pieces(ids, MOST_ASKED):
            await self._database[name].delete_many({"_id": {"$in": list(some)}}, session=tx, comment=caller.label)

    async def with_photos(self, caller: Caller, name: str, kept: Kept, photo_ids: Collection[str]) -> set[str]:
        """Those of the photos of which a document of the collection tells that they are to stay."""
        found: set[str] = set()
        for some in pieces(sorted(photo_ids), MOST_ASKED):
            found |= set(await self._ids(caller, name, {"_id": {"$in": list(some)}, **(kept.photos or {})}, len(some)))
        return found

    async def all_with_photos(self, caller: Caller, name: str, filled: Mapping[str, Any]) -> set[str]:
        """The ids of all documents of the collection that tell of a photo that is to stay."""
        return {row["_id"] async for row in self._database[name].find(filled, {"_id": 1}, comment=caller.label)}

    async def _ids(self, caller: Caller, name: str, query: Mapping[str, Any], most: int) -> list[str]:
        if most <= 0:
            return []
        rows = self._database[name].find(query, {"_id": 1}, comment=caller.label).limit(most)
        return [row["_id"] async for row in rows]


def _shown(row: RawDocument, kept: Kept) -> RawDocument:
    """The row with its id under the name that all answers have for it, if the id is to be seen."""
    row_id = row.pop("_id")
    return {"id": row_id, **row} if "_id" in kept.shows else row
