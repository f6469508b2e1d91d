"""Records in MongoDB, one of a session and student. A caller finds those of their subjects, and no trace of others."""

from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from pymongo import ASCENDING, IndexModel, UpdateOne
from pymongo.asynchronous.database import AsyncDatabase

from attendance_backend.bulk import batches
from attendance_backend.documents import id_at
from attendance_backend.domains.identity.schemas import Caller
from attendance_backend.domains.records.schemas import (
    AttendanceRecord,
    FaceEvidence,
    RecordHistory,
    RecordLine,
    RecordTold,
)
from attendance_backend.filters import all_of
from attendance_backend.kept import Kept, Whose
from attendance_backend.paging import Page, PageRequest
from attendance_backend.ports.store import RawDocument, Transaction
from attendance_backend.reach import of_session, of_subjects

STRIPPED_AT_ONCE = 200
INDEXES = {
    "records": [
        IndexModel([("session_id", ASCENDING), ("student_id", ASCENDING)], unique=True),
        IndexModel([("student_id", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("student_id", ASCENDING), ("date", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("date", ASCENDING), ("subject_id", ASCENDING)]),
    ],
}
KEPT = {
    "records": Kept(
        "attendance: status, source, reason, and its history",
        "as long as `record_years` says (for ever unless set)",
        found_by=(("student_id", Whose.STUDENT),),
        shows=("_id", *(name for name in AttendanceRecord.model_fields if name != "id")),
        erased="similarity, distance, place and photo; the record stays",
    )
}


class RecordRepository:
    def __init__(self, database: AsyncDatabase[RawDocument]) -> None:
        self._records = database["records"]

    def every(self, caller: Caller) -> AsyncIterator[list[RecordTold]]:
        """Every record, without its evidence and history."""
        shown = dict.fromkeys(RecordTold.model_fields, 1)
        return batches(self._records.find({}, shown, comment=caller.label), RecordTold.from_document)

    def every_history(self, caller: Caller) -> AsyncIterator[list[RecordHistory]]:
        """The history of every record."""
        return batches(self._records.find({}, {"history": 1}, comment=caller.label), RecordHistory.from_document)

    async def of_session(
        self, caller: Caller, session_id: str, tx: Transaction | None = None
    ) -> list[AttendanceRecord]:
        return (await self.of_sessions(caller, [session_id], tx))[session_id]

    async def of_sessions(
        self, caller: Caller, session_ids: Collection[str], tx: Transaction | None = None
    ) -> dict[str, list[AttendanceRecord]]:
        query = {"session_id": {"$in": list(session_ids)}}
        found = defaultdict(list)
        async for row in self._records.find(query, session=tx, comment=caller.label):
            if caller.may_take(row["session_id"], row["subject_id"]):
                found[row["session_id"]].append(AttendanceRecord.from_document(row))
        return found

    async def by_id(self, caller: Caller, record_id: str) -> AttendanceRecord | None:
        """A record, whatever its subject: whether the caller may see its student is told by it."""
        found = await self._records.find_one({"_id": record_id}, comment=caller.label)
        return AttendanceRecord.from_document(found) if found else None

    async def by_ids(self, caller: Caller, record_ids: Collection[str], tx: Transaction) -> list[AttendanceRecord]:
        rows = self._records.find({"_id": {"$in": list(record_ids)}}, session=tx, comment=caller.label)
        found = [AttendanceRecord.from_document(row) async for row in rows]
        return [record for record in found if caller.may_take(record.session_id, record.subject_id)]

    async def add(self, caller: Caller, records: Sequence[AttendanceRecord], tx: Transaction) -> None:
        if records:
            documents = [record.to_document() for record in records]
            await self._records.insert_many(documents, session=tx, comment=caller.label)

    async def replace(self, caller: Caller, records: Sequence[AttendanceRecord], tx: Transaction) -> None:
        changes = [UpdateOne({"_id": record.id}, {"$set": record.to_document()}) for record in records]
        if changes:
            await self._records.bulk_write(changes, session=tx, comment=caller.label)

    async def put_date(self, caller: Caller, session_ids: Collection[str], date: str, tx: Transaction) -> None:
        """Give the sessions' date to records that have none."""
        undated = {"session_id": {"$in": list(session_ids)}, "date": {"$exists": False}}
        await self._records.update_many(undated, {"$set": {"date": date}}, session=tx, comment=caller.label)

    async def remove_of_sessions(self, caller: Caller, session_ids: Collection[str], tx: Transaction) -> int:
        """How many records were removed."""
        query = {"session_id": {"$in": list(session_ids)}}
        done = await self._records.delete_many(query, session=tx, comment=caller.label)
        return done.deleted_count

    async def strip_evidence(self, caller: Caller, student_id: str, until: datetime) -> int:
        """Take the evidence of photos taken before `until` off the student's records; how many had some."""
        before, stripped, last = id_at(until), 0, ""
        while True:
            query = {"student_id": student_id, "_id": {"$gt": last}}
            rows = await self._records.find(query, comment=caller.label).sort("_id").limit(STRIPPED_AT_ONCE).to_list()
            if not rows:
                return stripped
            changes = [UpdateOne({"_id": row["_id"]}, change) for row in rows if (change := _without(row, before))]
            if changes:
                await self._records.bulk_write(changes, comment=caller.label)
            stripped, last = stripped + len(changes), rows[-1]["_id"]

    async def page(self, caller: Caller, session_id: str, page: PageRequest) -> Page[AttendanceRecord]:
        return await self._page(caller, {"session_id": session_id, **of_session(caller, session_id)}, page)

    async def page_of_student(
        self, caller: Caller, student_id: str, wanted: Mapping[str, Any], page: PageRequest
    ) -> Page[AttendanceRecord]:
        """A student's records, whatever their subjects: whether the caller may see the student is known by then."""
        return await self._page(caller, {"student_id": student_id, **wanted}, page)

    async def lines(self, caller: Caller, date: str, subject_id: str | None) -> list[RecordLine]:
        """A day's records without their histories, of one subject if it is named."""
        of_subject = {} if subject_id is None else {"subject_id": subject_id}
        shown = dict.fromkeys(RecordLine.model_fields, 1)
        query = all_of({"date": date}, of_subject, of_subjects(caller))
        found = self._records.find(query, shown, comment=caller.label)
        return [RecordLine.model_validate(row) async for row in found]

    async def _page(self, caller: Caller, query: Mapping[str, Any], page: PageRequest) -> Page[AttendanceRecord]:
        return await page.read(caller, self._records, query, AttendanceRecord.from_document)


def _without(record: RawDocument, before: str) -> dict[str, Any] | None:
    """The change that takes evidence from photos before an id off a record; None: it has none.

    A history only grows, so an entry is found by its place whatever is added meanwhile.
    """

    def is_old(evidence: Any) -> bool:
        return bool(evidence and (evidence["capture_id"] or "") < before)

    gone: dict[str, Any] = {
        f"history.{place}.evidence": None
        for place, change in enumerate(record["history"])
        if is_old(change.get("evidence"))
    }
    if record.get("capture_id") and record["capture_id"] < before:
        gone.update(dict.fromkeys(FaceEvidence.model_fields))
    return {"$set": gone} if gone else None
