"""Substitutions in MongoDB. Teachers find those of their subjects and their own, the office all."""

from pymongo import ASCENDING, IndexModel
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import DuplicateKeyError

from attendance_backend.domains.identity.schemas import Caller
from attendance_backend.domains.substitutions.errors import SubstituteNamed
from attendance_backend.domains.substitutions.schemas import Substitution
from attendance_backend.kept import WITH_RECORDS, Aged, Kept
from attendance_backend.paging import Page, PageRequest
from attendance_backend.ports.store import RawDocument, Transaction
from attendance_backend.reach import of_subjects

INDEXES = {
    "substitutions": [
        IndexModel([("subject_id", ASCENDING), ("date", ASCENDING), ("period", ASCENDING)], unique=True),
        IndexModel([("subject_id", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("teacher_id", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("teacher_id", ASCENDING), ("date", ASCENDING)]),
        IndexModel([("date", ASCENDING)]),
    ]
}
KEPT = {
    "substitutions": Kept("which teacher stands in for which session", WITH_RECORDS, aged=Aged("date")),
}


class SubstitutionRepository:
    def __init__(self, database: AsyncDatabase[RawDocument]) -> None:
        self._substitutions = database["substitutions"]

    async def add(self, caller: Caller, made: Substitution, tx: Transaction) -> None:
        try:
            await self._substitutions.insert_one(made.to_document(), session=tx, comment=caller.label)
        except DuplicateKeyError as error:
            raise SubstituteNamed from error

    async def by_id(self, caller: Caller, substitution_id: str, tx: Transaction) -> Substitution | None:
        found = await self._substitutions.find_one({"_id": substitution_id}, session=tx, comment=caller.label)
        return Substitution.from_document(found) if found else None

    async def remove(self, caller: Caller, substitution_id: str, tx: Transaction) -> None:
        await self._substitutions.delete_one({"_id": substitution_id}, session=tx, comment=caller.label)

    async def of_teacher(self, caller: Caller, since: str) -> list[Substitution]:
        """Those in which the caller stands in, from a day on."""
        query = {"teacher_id": caller.id, "date": {"$gte": since}}
        return [Substitution.from_document(row) async for row in self._substitutions.find(query, comment=caller.label)]

    async def between(self, caller: Caller, first: str, last: str) -> list[Substitution]:
        """All from the first to the last day: those who know of the lesson may know who takes it."""
        query = {"date": {"$gte": first, "$lte": last}}
        return [Substitution.from_document(row) async for row in self._substitutions.find(query, comment=caller.label)]

    async def page(self, caller: Caller, page: PageRequest) -> Page[Substitution]:
        wanted = (
            [of_subjects(caller)] if caller.subject_ids is None else [of_subjects(caller), {"teacher_id": caller.id}]
        )
        return await page.read_any(caller, self._substitutions, wanted, Substitution.from_document)
