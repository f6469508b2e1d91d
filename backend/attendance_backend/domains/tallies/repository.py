"""Tallies in MongoDB: a document for each subject and day, so that any range of days is exact, and no hot one.

And one for each subject and ISO week, so that a term of a whole school is read in a fifth of the documents.
"""

from collections.abc import Mapping
from typing import Any

from pymongo import ASCENDING, IndexModel
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.asynchronous.database import AsyncDatabase

from attendance_backend.documents import SCHEMA_VERSION
from attendance_backend.domains.identity.schemas import Caller
from attendance_backend.domains.tallies.schemas import Counts, Days, DayTally, monday_of, tally_id
from attendance_backend.filters import all_of
from attendance_backend.kept import WITH_RECORDS, Kept
from attendance_backend.ports.store import RawDocument, Transaction
from attendance_backend.reach import of_subjects

INDEXES = {
    "tallies": [
        IndexModel([("subject_id", ASCENDING), ("date", ASCENDING)], unique=True),
        IndexModel([("student_ids", ASCENDING), ("date", ASCENDING)]),
        IndexModel([("date", ASCENDING)]),
    ],
    "week_tallies": [
        IndexModel([("subject_id", ASCENDING), ("monday", ASCENDING)], unique=True),
        IndexModel([("monday", ASCENDING)]),
    ],
}
_SUMS = "sums of the student's records"
KEPT = {
    "tallies": Kept("a subject's totals of a day, by student", WITH_RECORDS, apart=_SUMS),
    "week_tallies": Kept("a subject's totals of a week, by student", WITH_RECORDS, apart=_SUMS),
}


_MANY = 1_000
"""Documents in one answer of the database: each answer costs a round trip."""


class TallyRepository:
    def __init__(self, database: AsyncDatabase[RawDocument]) -> None:
        self._tallies = database["tallies"]
        self._weeks = database["week_tallies"]

    async def add(
        self, caller: Caller, subject_id: str, date: str, more: Mapping[str, Counts], tx: Transaction
    ) -> None:
        """Add to the counts of students, of the day and of its week; what is to be taken off is negative."""
        steps = {
            f"students.{student}.{name}": number
            for student, counts in more.items()
            for name, number in counts.model_dump(exclude_defaults=True).items()
        }
        day = {"$addToSet": {"student_ids": {"$each": sorted(more)}}, "$inc": steps}
        await self._increase(self._tallies, day, {"subject_id": subject_id, "date": date}, caller, tx)
        week = {"subject_id": subject_id, "monday": monday_of(date)}
        await self._increase(self._weeks, {"$inc": steps}, week, caller, tx)

    @staticmethod
    async def _increase(
        tallies: AsyncCollection[RawDocument],
        change: Mapping[str, Any],
        of: Mapping[str, str],
        caller: Caller,
        tx: Transaction,
    ) -> None:
        full = {**change, "$setOnInsert": {**of, "schema_version": SCHEMA_VERSION}}
        same = {"_id": tally_id(*of.values())}
        await tallies.update_one(same, full, upsert=True, session=tx, comment=caller.label)

    async def by_day(self, caller: Caller, subject_id: str, date: str, tx: Transaction) -> DayTally | None:
        query = {"_id": tally_id(subject_id, date), **of_subjects(caller)}
        found = await self._tallies.find_one(query, session=tx, comment=caller.label)
        return DayTally.from_document(found) if found else None

    async def put(self, caller: Caller, tally: DayTally, tx: Transaction) -> None:
        same = {"_id": tally.id}
        await self._tallies.replace_one(same, tally.to_document(), upsert=True, session=tx, comment=caller.label)

    async def remove(self, caller: Caller, subject_id: str, date: str, tx: Transaction) -> None:
        await self._tallies.delete_one({"_id": tally_id(subject_id, date)}, session=tx, comment=caller.label)

    async def days(self, caller: Caller) -> set[tuple[str, str]]:
        """Each subject and day that has a tally."""
        rows = self._tallies.find(of_subjects(caller), {"subject_id": 1, "date": 1}, comment=caller.label)
        return {(row["subject_id"], row["date"]) async for row in rows}

    async def between(
        self, caller: Caller, since: str, until: str, subject_id: str | None, student_id: str | None
    ) -> list[DayTally]:
        """The tallies of a range of days, both included; of one student only that student's counts are in them."""
        query: dict[str, Any] = {"date": {"$gte": since, "$lte": until}, **of_subjects(caller)}
        shown = None
        if subject_id is not None:
            query = all_of(query, {"subject_id": subject_id})
        if student_id is not None:
            query = all_of(query, {"student_ids": student_id})
            shown = {"subject_id": 1, "date": 1, f"students.{student_id}": 1}
        rows = self._tallies.find(query, shown, comment=caller.label)
        return [DayTally.of(row["subject_id"], row["date"], _read(row)) async for row in rows]

    async def of_student(self, caller: Caller, student_id: str, since: str, until: str) -> list[Days]:
        """One student's counts of a range of days, whatever their subjects: that the caller may see them is known."""
        query = {"student_ids": student_id, "date": {"$gte": since, "$lte": until}}
        shown = {"subject_id": 1, "date": 1, f"students.{student_id}": 1}
        rows = self._tallies.find(query, shown, batch_size=_MANY, comment=caller.label)
        return [Days(row["subject_id"], monday_of(row["date"]), row["students"]) async for row in rows]

    async def days_between(
        self, caller: Caller, since: str, until: str, subject_id: str | None, tx: Transaction | None = None
    ) -> list[Days]:
        """The tallies of a range of days, both included, as they are kept."""
        query = all_of({"date": {"$gte": since, "$lte": until}}, _one(subject_id), of_subjects(caller))
        shown = {"subject_id": 1, "date": 1, "students": 1}
        rows = self._tallies.find(query, shown, batch_size=_MANY, session=tx, comment=caller.label)
        return [Days(row["subject_id"], monday_of(row["date"]), row["students"]) async for row in rows]

    async def weeks_between(self, caller: Caller, first: str, last: str, subject_id: str | None) -> list[Days]:
        """The tallies of whole weeks, by their Mondays, both included."""
        query = all_of({"monday": {"$gte": first, "$lte": last}}, _one(subject_id), of_subjects(caller))
        rows = self._weeks.find(query, batch_size=_MANY, comment=caller.label)
        return [Days(row["subject_id"], row["monday"], row["students"]) async for row in rows]

    async def put_week(
        self, caller: Caller, subject_id: str, monday: str, students: Mapping[str, Counts], tx: Transaction
    ) -> None:
        """Make a subject's week these counts; without any it is forgotten."""
        same = {"_id": tally_id(subject_id, monday)}
        if not students:
            await self._weeks.delete_one(same, session=tx, comment=caller.label)
            return
        counted = {student: counts.model_dump(exclude_defaults=True) for student, counts in students.items()}
        told = {"subject_id": subject_id, "monday": monday, "students": counted, "schema_version": SCHEMA_VERSION}
        await self._weeks.replace_one(same, told, upsert=True, session=tx, comment=caller.label)


def _one(subject_id: str | None) -> dict[str, Any]:
    return {} if subject_id is None else {"subject_id": subject_id}


def _read(row: RawDocument) -> dict[str, Counts]:
    return {student: Counts.model_validate(counts) for student, counts in row.get("students", {}).items()}
