"""Cases in MongoDB, found by the students in them."""

from collections.abc import Collection, Mapping
from typing import Any

from pymongo import ASCENDING, IndexModel
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import DuplicateKeyError

from attendance_backend.domains.identity.schemas import Caller
from attendance_backend.domains.lookalikes.schemas import CaseState, Lookalikes
from attendance_backend.kept import Kept, Whose
from attendance_backend.paging import Page, PageRequest
from attendance_backend.ports.store import RawDocument, Transaction

INDEXES = {
    "lookalikes": [
        IndexModel([("student_ids", ASCENDING)]),
        IndexModel([("state", ASCENDING), ("_id", ASCENDING)]),
    ]
}
KEPT = {
    "lookalikes": Kept(
        "pairs of students whose faces can't be told apart, and what a human said of them",
        "until the face of one of them is erased",
        found_by=(("student_ids", Whose.STUDENT),),
        shows=("state", "distance", "found_at", "resolved_at", "resolved_by"),
        hides=("student_ids",),
        erased="all of it",
    )
}
IN_DOUBT = [CaseState.OPEN, CaseState.TWINS]


class LookalikesRepository:
    def __init__(self, database: AsyncDatabase[RawDocument]) -> None:
        self._cases = database["lookalikes"]

    async def add(self, caller: Caller, case: Lookalikes) -> None:
        """Keep a case, or open it again if the wrong enrolment of it was removed. What a human said stays said."""
        try:
            await self._cases.insert_one(case.to_document(), comment=caller.label)
        except DuplicateKeyError:
            removed = {"_id": case.id, "state": CaseState.REMOVED}
            await self._cases.replace_one(removed, case.to_document(), comment=caller.label)

    async def by_id(self, caller: Caller, case: str, tx: Transaction) -> Lookalikes | None:
        found = await self._cases.find_one({"_id": case}, session=tx, comment=caller.label)
        return Lookalikes.from_document(found) if found else None

    async def settle(self, caller: Caller, case: Lookalikes, change: Mapping[str, Any], tx: Transaction) -> bool:
        """Whether the case was still open."""
        still = {"_id": case.id, "state": CaseState.OPEN}
        done = await self._cases.update_one(still, {"$set": dict(change)}, session=tx, comment=caller.label)
        return done.matched_count == 1

    async def in_doubt(self, caller: Caller, student_ids: Collection[str]) -> set[str]:
        """Those of the students who have a double, or may have one."""
        query = {"student_ids": {"$in": list(student_ids)}, "state": {"$in": IN_DOUBT}}
        rows = self._cases.find(query, {"student_ids": 1}, comment=caller.label)
        return {student async for row in rows for student in row["student_ids"]} & set(student_ids)

    async def remove_of(self, caller: Caller, student_id: str) -> None:
        await self._cases.delete_many({"student_ids": student_id}, comment=caller.label)

    async def page(self, caller: Caller, state: CaseState | None, page: PageRequest) -> Page[Lookalikes]:
        return await page.read(caller, self._cases, {"state": state} if state else {}, Lookalikes.from_document)
