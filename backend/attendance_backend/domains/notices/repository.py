"""Notices that were sent, and opt-outs, in MongoDB."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pymongo import ASCENDING, IndexModel
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import BulkWriteError, DuplicateKeyError

from attendance_backend.bulk import MOST_ASKED, MOST_WRITTEN, pieces
from attendance_backend.documents import id_at
from attendance_backend.domains.identity.schemas import Caller
from attendance_backend.domains.notices.schemas import Notice, NoticeState, OptOut
from attendance_backend.kept import SCHOOL, Kept, Whose
from attendance_backend.paging import Page, PageRequest
from attendance_backend.ports.store import RawDocument, Transaction

INDEXES = {
    "notices": [
        IndexModel([("turn", ASCENDING), ("date", ASCENDING)], unique=True),
        IndexModel([("student_id", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("state", ASCENDING), ("_id", ASCENDING)]),
    ],
    "notice_opt_outs": [IndexModel([("person_id", ASCENDING)])],
}
KEPT = {
    "notices": Kept(
        "notices: about which student, to whom, when, and what became of it; not what it said",
        "as long as `message_days` says (180 days)",
        found_by=(("student_id", Whose.STUDENT),),
        shows=("_id", "kind", "date", "audience", "student_id", "subject_id", "state", "reason", "at", "settled_at"),
        hides=("turn", "person_id", "other_id", "address", "session_ids"),
    ),
    "notice_opt_outs": Kept(
        "that somebody wants no notices of a kind",
        SCHOOL,
        found_by=(("person_id", Whose.STUDENT), ("person_id", Whose.ACCOUNT)),
        shows=("_id", "person_id", "kind", "at"),
    ),
}


class NoticeRepository:
    def __init__(self, database: AsyncDatabase[RawDocument]) -> None:
        self._notices = database["notices"]

    async def add(self, caller: Caller, notices: Sequence[Notice], tx: Transaction) -> None:
        """Keep new notices.

        Raises:
            DuplicateKeyError: a turn of theirs has come on that day: look again.
        """
        for some in pieces(notices, MOST_WRITTEN):
            documents = [notice.to_document() for notice in some]
            try:
                await self._notices.insert_many(documents, session=tx, comment=caller.label)
            except BulkWriteError as error:
                raise DuplicateKeyError("somebody else took one of these turns meanwhile") from error

    async def told(self, caller: Caller, turns: Sequence[str], since: str, tx: Transaction | None) -> set[str]:
        """Those of the turns that came on a day from `since` on."""
        found: set[str] = set()
        for some in pieces(turns, MOST_ASKED):
            query = {"turn": {"$in": list(some)}, "date": {"$gte": since}}
            rows = self._notices.find(query, {"turn": 1}, session=tx, comment=caller.label)
            found |= {row["turn"] async for row in rows}
        return found

    async def by_id(self, caller: Caller, notice_id: str) -> Notice | None:
        found = await self._notices.find_one({"_id": notice_id}, comment=caller.label)
        return Notice.from_document(found) if found else None

    async def settle(self, caller: Caller, notice_id: str, change: Mapping[str, Any]) -> None:
        """Change a notice that is still queued."""
        queued = {"_id": notice_id, "state": NoticeState.QUEUED}
        await self._notices.update_one(queued, {"$set": dict(change)}, comment=caller.label)

    async def settle_older(self, caller: Caller, before: datetime, change: Mapping[str, Any]) -> None:
        """Change every notice that was queued before a moment and still is."""
        old = {"state": NoticeState.QUEUED, "_id": {"$lt": id_at(before)}}
        await self._notices.update_many(old, {"$set": dict(change)}, comment=caller.label)

    async def page(self, caller: Caller, wanted: Mapping[str, Any], page: PageRequest) -> Page[Notice]:
        return await page.read(caller, self._notices, wanted, Notice.from_document)

    async def forget_older(self, caller: Caller, before: datetime) -> int:
        """Delete what was kept before a moment; how many there were."""
        done = await self._notices.delete_many({"_id": {"$lt": id_at(before)}}, comment=caller.label)
        return done.deleted_count


class OptOutRepository:
    def __init__(self, database: AsyncDatabase[RawDocument]) -> None:
        self._opt_outs = database["notice_opt_outs"]

    async def by_ids(self, caller: Caller, ids: Sequence[str], tx: Transaction | None = None) -> list[OptOut]:
        found = []
        for some in pieces(ids, MOST_ASKED):
            rows = self._opt_outs.find({"_id": {"$in": list(some)}}, session=tx, comment=caller.label)
            found += [OptOut.from_document(row) async for row in rows]
        return found

    async def add(self, caller: Caller, opt_out: OptOut, tx: Transaction) -> None:
        await self._opt_outs.insert_one(opt_out.to_document(), session=tx, comment=caller.label)

    async def remove(self, caller: Caller, opt_out_id: str, tx: Transaction) -> bool:
        """Whether there was one."""
        done = await self._opt_outs.delete_one({"_id": opt_out_id}, session=tx, comment=caller.label)
        return done.deleted_count == 1
