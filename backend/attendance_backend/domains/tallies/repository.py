"""Tallies in MongoDB: a document for each subject and day, so that any range of days is exact, and no hot one."""

from collections.abc import Mapping
from typing import Any

from pymongo import ASCENDING, IndexModel
from pymongo.asynchronous.database import AsyncDatabase

from attendance_backend.domains.identity.schemas import Caller
from attendance_backend.domains.tallies.schemas import Counts, DayTally, tally_id
from attendance_backend.ports.store import RawDocument, Transaction

INDEXES = {
    "tallies": [
        IndexModel([("subject_id", ASCENDING), ("date", ASCENDING)], unique=True),
        IndexModel([("student_ids", ASCENDING), ("date", ASCENDING)]),
        IndexModel([("date", ASCENDING)]),
    ]
}


def _reach(caller: Caller) -> dict[str, Any]:
    return {} if caller.subject_ids is None else {"subject_id": {"$in": sorted(caller.subject_ids)}}


class TallyRepository:
    def __init__(self, database: AsyncDatabase[RawDocument]) -> None:
        self._tallies = database["tallies"]

    async def add(
        self, caller: Caller, subject_id: str, date: str, more: Mapping[str, Counts], tx: Transaction
    ) -> None:
        """Add to the counts of students; what is to be taken off is negative."""
        steps = {
            f"students.{student}.{name}": number
            for student, counts in more.items()
            for name, number in counts.model_dump(exclude_defaults=True).items()
        }
        change = {
            "$inc": steps,
            "$addToSet": {"student_ids": {"$each": sorted(more)}},
            "$setOnInsert": {"subject_id": subject_id, "date": date, "schema_version": 1},
        }
        same = {"_id": tally_id(subject_id, date)}
        await self._tallies.update_one(same, change, upsert=True, session=tx, comment=caller.label)

    async def by_day(self, caller: Caller, subject_id: str, date: str, tx: Transaction) -> DayTally | None:
        query = {"_id": tally_id(subject_id, date), **_reach(caller)}
        found = await self._tallies.find_one(query, session=tx, comment=caller.label)
        return DayTally.from_document(found) if found else None

    async def put(self, caller: Caller, tally: DayTally, tx: Transaction) -> None:
        same = {"_id": tally.id}
        await self._tallies.replace_one(same, tally.to_document(), upsert=True, session=tx, comment=caller.label)

    async def remove(self, caller: Caller, subject_id: str, date: str, tx: Transaction) -> None:
        await self._tallies.delete_one({"_id": tally_id(subject_id, date)}, session=tx, comment=caller.label)

    async def days(self, caller: Caller) -> set[tuple[str, str]]:
        """Each subject and day that has a tally."""
        rows = self._tallies.find(_reach(caller), {"subject_id": 1, "date": 1}, comment=caller.label)
        return {(row["subject_id"], row["date"]) async for row in rows}

    async def between(
        self, caller: Caller, since: str, until: str, subject_id: str | None, student_id: str | None
    ) -> list[DayTally]:
        """The tallies of a range of days, both included; of one student only that student's counts are in them."""
        query: dict[str, Any] = {"date": {"$gte": since, "$lte": until}, **_reach(caller)}
        shown = None
        if subject_id is not None:
            query = {"$and": [{"subject_id": subject_id}, query]}
        if student_id is not None:
            query = {"$and": [{"student_ids": student_id}, query]}
            shown = {"subject_id": 1, "date": 1, f"students.{student_id}": 1}
        rows = self._tallies.find(query, shown, comment=caller.label)
        return [DayTally.of(row["subject_id"], row["date"], _read(row)) async for row in rows]


def _read(row: RawDocument) -> dict[str, Counts]:
    return {student: Counts.model_validate(counts) for student, counts in row.get("students", {}).items()}
