"""Terms, holidays, rooms and timetables in MongoDB: all of a school's are few, and everybody there may know them."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from typing import Any

from pymongo import ASCENDING, IndexModel, ReplaceOne, UpdateOne
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import DuplicateKeyError

from attendance_backend.bulk import EXTERNAL, MOST_ASKED, MOST_WRITTEN, batches, pieces
from attendance_backend.domains.identity.schemas import Caller
from attendance_backend.domains.timetable.errors import RoomNameTaken
from attendance_backend.domains.timetable.schemas import NamedDays, Room, Timetable
from attendance_backend.kept import SCHOOL, Kept
from attendance_backend.paging import Page, PageRequest
from attendance_backend.ports.store import RawDocument, Transaction
from attendance_backend.versions import VersionConflict

_BY_DAY = IndexModel([("first_day", ASCENDING), ("_id", ASCENDING)])
INDEXES: dict[str, list[IndexModel]] = {
    "terms": [_BY_DAY, IndexModel([("external_id", ASCENDING)], unique=True, partialFilterExpression=EXTERNAL)],
    "holidays": [_BY_DAY],
    "rooms": [IndexModel([("name", ASCENDING)], unique=True), IndexModel([("name", ASCENDING), ("_id", ASCENDING)])],
    "timetable": [],
}
KEPT = {
    "terms": Kept("the school's terms", SCHOOL),
    "holidays": Kept("the school's holidays", SCHOOL),
    "rooms": Kept("the school's rooms", SCHOOL),
    "timetable": Kept("when and where subjects are taught", SCHOOL),
}


class DaysRepository:
    """Terms or holidays, by the name of their collection."""

    def __init__(self, database: AsyncDatabase[RawDocument], collection: str) -> None:
        self._stretches = database[collection]

    async def between(self, caller: Caller, first: str, last: str, tx: Transaction | None = None) -> list[NamedDays]:
        """Those with a day from the first to the last."""
        query = {"first_day": {"$lte": last}, "last_day": {"$gte": first}}
        return [NamedDays.from_document(row) async for row in self._find(caller, query, tx)]

    async def by_id(self, caller: Caller, stretch_id: str, tx: Transaction | None = None) -> NamedDays | None:
        found = [NamedDays.from_document(row) async for row in self._find(caller, {"_id": stretch_id}, tx)]
        return found[0] if found else None

    async def page(self, caller: Caller, page: PageRequest) -> Page[NamedDays]:
        return await page.read(caller, self._stretches, {}, NamedDays.from_document)

    async def add(self, caller: Caller, stretch: NamedDays, tx: Transaction) -> None:
        await self._stretches.insert_one(stretch.to_document(), session=tx, comment=caller.label)

    async def take_over(
        self,
        caller: Caller,
        new: Sequence[NamedDays],
        changes: Mapping[str, Mapping[str, Any]],
        tx: Transaction,
    ) -> None:
        """Keep new ones, and changed fields of those there are, by id."""
        if new:
            await self._stretches.insert_many([one.to_document() for one in new], session=tx, comment=caller.label)
        if updates := [UpdateOne({"_id": i}, {"$set": dict(change)}) for i, change in changes.items()]:
            await self._stretches.bulk_write(updates, session=tx, comment=caller.label)

    async def change(self, caller: Caller, stretch_id: str, change: Mapping[str, Any], tx: Transaction) -> None:
        await self._stretches.update_one({"_id": stretch_id}, {"$set": change}, session=tx, comment=caller.label)

    async def remove(self, caller: Caller, stretch_id: str, tx: Transaction) -> None:
        await self._stretches.delete_one({"_id": stretch_id}, session=tx, comment=caller.label)

    def _find(self, caller: Caller, query: Mapping[str, Any], tx: Transaction | None) -> Any:
        return self._stretches.find(query, session=tx, comment=caller.label)


class RoomRepository:
    def __init__(self, database: AsyncDatabase[RawDocument]) -> None:
        self._rooms = database["rooms"]

    def every(self, caller: Caller) -> AsyncIterator[list[Room]]:
        """Every room."""
        return batches(self._rooms.find({}, comment=caller.label), Room.from_document)

    async def by_ids(self, caller: Caller, room_ids: Collection[str], tx: Transaction | None = None) -> list[Room]:
        rows = self._rooms.find({"_id": {"$in": list(room_ids)}}, session=tx, comment=caller.label)
        return [Room.from_document(row) async for row in rows]

    async def page(self, caller: Caller, page: PageRequest) -> Page[Room]:
        return await page.read(caller, self._rooms, {}, Room.from_document)

    async def add(self, caller: Caller, room: Room, tx: Transaction) -> None:
        try:
            await self._rooms.insert_one(room.to_document(), session=tx, comment=caller.label)
        except DuplicateKeyError as error:
            raise RoomNameTaken(field="name") from error

    async def rename(self, caller: Caller, room_id: str, name: str, tx: Transaction) -> None:
        try:
            await self._rooms.update_one({"_id": room_id}, {"$set": {"name": name}}, session=tx, comment=caller.label)
        except DuplicateKeyError as error:
            raise RoomNameTaken(field="name") from error


class TimetableRepository:
    def __init__(self, database: AsyncDatabase[RawDocument]) -> None:
        self._timetables = database["timetable"]

    def every(self, caller: Caller) -> AsyncIterator[list[Timetable]]:
        """Every timetable."""
        return batches(self._timetables.find({}, comment=caller.label), Timetable.from_document)

    async def of(self, caller: Caller, subject_id: str, tx: Transaction | None = None) -> Timetable:
        """A subject's timetable: of version 0 and without entries where none is kept."""
        found = await self._timetables.find_one({"_id": subject_id}, session=tx, comment=caller.label)
        return Timetable.from_document(found) if found else Timetable(id=subject_id, entries=[], version=0)

    async def mine(
        self, caller: Caller, subject_ids: Collection[str] | None, tx: Transaction | None = None
    ) -> list[Timetable]:
        """The timetables of these subjects, of every subject unless some are named: those that the caller may touch."""
        asked = caller.subject_ids if subject_ids is None else frozenset(filter(caller.may_touch, subject_ids))
        queries: list[dict[str, Any]] = [{}]
        if asked is not None:
            queries = [{"_id": {"$in": list(some)}} for some in pieces(sorted(asked), MOST_ASKED)]
        found = []
        for query in queries:
            rows = self._timetables.find(query, session=tx, comment=caller.label)
            found += [Timetable.from_document(row) async for row in rows]
        return found

    async def replace_many(self, caller: Caller, timetables: Sequence[Timetable], tx: Transaction) -> None:
        """Keep many; if somebody else keeps one of them now, the whole is run again and finds that one."""
        changes = [ReplaceOne({"_id": one.id}, one.to_document(), upsert=True) for one in timetables]
        for some in pieces(changes, MOST_WRITTEN):
            await self._timetables.bulk_write(list(some), ordered=False, session=tx, comment=caller.label)

    async def replace(self, caller: Caller, timetable: Timetable, before: Timetable, tx: Transaction) -> None:
        """Keep a changed timetable. Who is second to make a subject's first one is run again, and then conflicts.

        Raises:
            VersionConflict: it is not the one that was there before.
        """
        if before.version == 0:
            await self._timetables.insert_one(timetable.to_document(), session=tx, comment=caller.label)
            return
        same = {"_id": before.id, "version": before.version}
        done = await self._timetables.replace_one(same, timetable.to_document(), session=tx, comment=caller.label)
        if done.matched_count == 0:
            raise VersionConflict
