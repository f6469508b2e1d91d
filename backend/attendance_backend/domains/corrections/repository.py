"""Correction requests in MongoDB. Teachers find those about their subjects, students their own."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

from pymongo import ASCENDING, IndexModel
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import DuplicateKeyError

from attendance_backend.bulk import batches
from attendance_backend.domains.corrections.errors import RequestAnswered, RequestOpen
from attendance_backend.domains.corrections.schemas import CorrectionRequest, RequestState
from attendance_backend.domains.identity.schemas import Caller
from attendance_backend.filters import all_of
from attendance_backend.kept import WITH_RECORDS, Kept, Whose
from attendance_backend.paging import Page, PageRequest
from attendance_backend.ports.store import RawDocument, Transaction

OPEN = {"state": RequestState.OPEN.value}
INDEXES = {
    "correction_requests": [
        IndexModel([("record_id", ASCENDING)], unique=True, partialFilterExpression=OPEN, name="one_open"),
        IndexModel([("subject_id", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("state", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("student_id", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("session_id", ASCENDING)]),
    ]
}
KEPT = {
    "correction_requests": Kept(
        "wishes to have a record corrected, with their reasons and answers",
        WITH_RECORDS,
        found_by=(("student_id", Whose.STUDENT),),
        shows=("_id", *(name for name in CorrectionRequest.model_fields if name != "id")),
        session="session_id",
    )
}


def _reach(caller: Caller) -> dict[str, Any]:
    """Nobody both teaches and is, or cares for, a student."""
    if caller.subject_ids is None:
        return {}
    if caller.student_ids:
        return {"student_id": {"$in": sorted(caller.student_ids)}}
    return {"subject_id": {"$in": sorted(caller.subject_ids)}}


class CorrectionRequestRepository:
    def __init__(self, database: AsyncDatabase[RawDocument]) -> None:
        self._requests = database["correction_requests"]

    def every(self, caller: Caller) -> AsyncIterator[list[CorrectionRequest]]:
        """Every request, whatever became of it."""
        return batches(self._requests.find({}, comment=caller.label), CorrectionRequest.from_document)

    async def add(self, caller: Caller, request: CorrectionRequest, tx: Transaction) -> None:
        same = {"record_id": request.record_id, **OPEN}
        if await self._requests.find_one(same, {"_id": 1}, session=tx, comment=caller.label):
            raise RequestOpen
        try:
            await self._requests.insert_one(request.to_document(), session=tx, comment=caller.label)
        except DuplicateKeyError as error:
            raise RequestOpen from error

    async def by_id(self, caller: Caller, request_id: str, tx: Transaction) -> CorrectionRequest | None:
        query = {"_id": request_id, **_reach(caller)}
        found = await self._requests.find_one(query, session=tx, comment=caller.label)
        return CorrectionRequest.from_document(found) if found else None

    async def answer(self, caller: Caller, answered: CorrectionRequest, tx: Transaction) -> None:
        """Keep an answer.

        Raises:
            RequestAnswered: somebody else was faster.
        """
        same = {"_id": answered.id, **OPEN}
        done = await self._requests.replace_one(same, answered.to_document(), session=tx, comment=caller.label)
        if done.matched_count == 0:
            raise RequestAnswered

    async def page(self, caller: Caller, wanted: Mapping[str, str], page: PageRequest) -> Page[CorrectionRequest]:
        return await page.read(caller, self._requests, all_of(wanted, _reach(caller)), CorrectionRequest.from_document)
