"""Changes of models, and whom they concern, in MongoDB. The collection of changes is the queue of their work."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from pymongo import ASCENDING, IndexModel, ReplaceOne
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import DuplicateKeyError

from attendance_backend.domains.identity.schemas import Caller
from attendance_backend.domains.reembeddings.errors import ReembeddingOpen
from attendance_backend.domains.reembeddings.schemas import Concerned, Kind, Reembedding, RunState
from attendance_backend.kept import SCHOOL, Kept, Whose
from attendance_backend.paging import Page, PageRequest
from attendance_backend.ports.store import RawDocument, Transaction

TOLD_FOR = 365
"""Days that it can be looked up whom a change concerned."""
OPEN = {"open": True}
INDEXES = {
    "reembeddings": [
        IndexModel([("open", ASCENDING)], unique=True, partialFilterExpression=OPEN, name="one_open"),
        IndexModel([("due", ASCENDING), ("_id", ASCENDING)]),
    ],
    "reembedding_students": [
        IndexModel([("run_id", ASCENDING), ("kind", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("student_id", ASCENDING)]),
    ],
}
KEPT = {
    "reembeddings": Kept("changes to another model: who began them, and how the two compare", SCHOOL),
    "reembedding_students": Kept(
        "whom a change to another model concerned: without vectors of it, or recognised more or less surely",
        "a year, or until the face is erased",
        found_by=(("student_id", Whose.STUDENT),),
        shows=("_id", "run_id", "student_id", "kind", "reasons", "before", "now"),
        erased="all of it",
        days=TOLD_FOR,
    ),
}


class ReembeddingRepository:
    def __init__(self, database: AsyncDatabase[RawDocument]) -> None:
        self._runs = database["reembeddings"]
        self._students = database["reembedding_students"]

    async def add(self, caller: Caller, run: Reembedding, tx: Transaction) -> None:
        """Raises ReembeddingOpen: there is one that is not over."""
        if await self.open(caller, tx):
            raise ReembeddingOpen
        try:
            await self._runs.insert_one(run.to_document(), session=tx, comment=caller.label)
        except DuplicateKeyError as error:
            raise ReembeddingOpen from error

    async def open(self, caller: Caller, tx: Transaction | None = None) -> Reembedding | None:
        found = await self._runs.find_one(OPEN, session=tx, comment=caller.label)
        return Reembedding.from_document(found) if found else None

    async def by_id(self, caller: Caller, run_id: str, tx: Transaction | None = None) -> Reembedding | None:
        found = await self._runs.find_one({"_id": run_id}, session=tx, comment=caller.label)
        return Reembedding.from_document(found) if found else None

    async def page(self, caller: Caller, page: PageRequest) -> Page[Reembedding]:
        return await page.read(caller, self._runs, {}, Reembedding.from_document)

    async def take(self, caller: Caller, now: datetime, until: datetime, lease: str) -> Reembedding | None:
        """Lease the run that is due. None: there is none, or somebody else was faster."""
        found = await self._runs.find_one({"due": {"$lte": now}}, {"due": 1}, comment=caller.label)
        if found is None:
            return None
        same = {"_id": found["_id"], "due": found["due"]}
        change = {"$set": {"due": until, "lease": lease}}
        taken = await self._runs.update_one(same, change, comment=caller.label)
        return await self.by_id(caller, found["_id"]) if taken.matched_count else None

    async def settle(
        self, caller: Caller, held: Reembedding, change: Mapping[str, Any], tx: Transaction | None = None
    ) -> bool:
        """Change a leased run, if the lease is still the one it was taken with."""
        query = {"_id": held.id, "lease": held.lease}
        done = await self._runs.update_one(query, {"$set": dict(change)}, session=tx, comment=caller.label)
        return done.matched_count == 1

    async def move(
        self, caller: Caller, run_id: str, state: RunState, change: Mapping[str, Any], tx: Transaction
    ) -> bool:
        """Change a run that is in a state, whoever works on it."""
        query = {"_id": run_id, "state": state}
        done = await self._runs.update_one(query, {"$set": dict(change)}, session=tx, comment=caller.label)
        return done.matched_count == 1

    async def tell(self, caller: Caller, concerned: Sequence[Concerned]) -> None:
        """Say what there is to say of students, in place of what was said of the same kind."""
        rows = [one.to_document() for one in concerned]
        if rows:
            await self._students.bulk_write(
                [ReplaceOne({"_id": row["_id"]}, row, upsert=True) for row in rows], comment=caller.label
            )

    async def untell(self, caller: Caller, run_id: str, kinds: Collection[Kind], tx: Transaction) -> None:
        for kind in kinds:
            query = {"run_id": run_id, "kind": kind}
            await self._students.delete_many(query, session=tx, comment=caller.label)

    async def forget(self, caller: Caller, student_id: str) -> None:
        await self._students.delete_many({"student_id": student_id}, comment=caller.label)

    async def concerned(self, caller: Caller, run_id: str, kind: Kind, page: PageRequest) -> Page[Concerned]:
        return await page.read(caller, self._students, {"run_id": run_id, "kind": kind}, Concerned.from_document)
