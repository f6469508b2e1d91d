"""Excuses in MongoDB. Teachers find those of their subjects, families their own; for all subjects, only the office."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

from pymongo import ASCENDING, IndexModel
from pymongo.asynchronous.database import AsyncDatabase

from attendance_backend.bulk import batches
from attendance_backend.domains.corrections.errors import RequestAnswered
from attendance_backend.domains.corrections.schemas import RequestState
from attendance_backend.domains.excuses.schemas import Excuse
from attendance_backend.domains.identity.schemas import Caller
from attendance_backend.filters import all_of
from attendance_backend.kept import Aged, Kept, Whose
from attendance_backend.paging import Page, PageRequest
from attendance_backend.ports.store import RawDocument, Transaction

INDEXES = {
    "excuses": [
        IndexModel([("state", ASCENDING), ("until", ASCENDING)]),
        IndexModel([("state", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("student_id", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("subject_id", ASCENDING), ("_id", ASCENDING)]),
    ]
}
KEPT = {
    "excuses": Kept(
        "excuses for a range of days, with their reasons and answers",
        "with the records of its last day",
        found_by=(("student_id", Whose.STUDENT),),
        shows=("_id", *(name for name in Excuse.model_fields if name != "id")),
        aged=Aged("until", tuple(RequestState)),
    )
}


def _reach(caller: Caller) -> dict[str, Any]:
    """Nobody both teaches and is, or cares for, a student."""
    if caller.subject_ids is None:
        return {}
    if caller.student_ids:
        return {"student_id": {"$in": sorted(caller.student_ids)}}
    return {"subject_id": {"$in": sorted(caller.subject_ids)}}


class ExcuseRepository:
    def __init__(self, database: AsyncDatabase[RawDocument]) -> None:
        self._excuses = database["excuses"]

    def every(self, caller: Caller) -> AsyncIterator[list[Excuse]]:
        """Every excuse, whatever became of it."""
        return batches(self._excuses.find({}, comment=caller.label), Excuse.from_document)

    async def add(self, caller: Caller, excuse: Excuse, tx: Transaction) -> None:
        await self._excuses.insert_one(excuse.to_document(), session=tx, comment=caller.label)

    async def by_id(self, caller: Caller, excuse_id: str, tx: Transaction) -> Excuse | None:
        query = {"_id": excuse_id, **_reach(caller)}
        found = await self._excuses.find_one(query, session=tx, comment=caller.label)
        return Excuse.from_document(found) if found else None

    async def answer(self, caller: Caller, answered: Excuse, before: Excuse, tx: Transaction) -> None:
        """Keep an answer.

        Raises:
            RequestAnswered: somebody else was faster.
        """
        same = {"_id": before.id, "state": before.state}
        done = await self._excuses.replace_one(same, answered.to_document(), session=tx, comment=caller.label)
        if done.matched_count == 0:
            raise RequestAnswered

    async def standing(self, caller: Caller, date: str, tx: Transaction | None) -> list[Excuse]:
        """Every granted excuse that holds on a day, whatever its subject."""
        query = {"state": RequestState.GRANTED, "until": {"$gte": date}, "since": {"$lte": date}}
        rows = self._excuses.find(query, session=tx, comment=caller.label)
        return [Excuse.from_document(row) async for row in rows]

    async def page(self, caller: Caller, wanted: Mapping[str, str], page: PageRequest) -> Page[Excuse]:
        return await page.read(caller, self._excuses, all_of(wanted, _reach(caller)), Excuse.from_document)
