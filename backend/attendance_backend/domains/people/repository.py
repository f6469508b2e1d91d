"""Students and their guardians in MongoDB."""

from collections.abc import Mapping, Sequence
from typing import Any

from pymongo import ASCENDING, IndexModel, UpdateOne
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import DuplicateKeyError

from attendance_backend.bulk import MOST_ASKED, MOST_WRITTEN, pieces
from attendance_backend.domains.identity.schemas import Caller
from attendance_backend.domains.people.errors import RollNumberTaken
from attendance_backend.domains.people.schemas import Student
from attendance_backend.paging import Page, PageRequest
from attendance_backend.ports.store import RawDocument, Transaction

_WITH_ACCOUNT = {"user_id": {"$type": "string"}}
INDEXES = {
    "students": [
        IndexModel([("roll_number", ASCENDING)], unique=True),
        IndexModel([("user_id", ASCENDING)], unique=True, partialFilterExpression=_WITH_ACCOUNT),
    ],
    "guardians": [
        IndexModel([("student_id", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("user_id", ASCENDING)], partialFilterExpression=_WITH_ACCOUNT),
    ],
}


class StudentRepository:
    def __init__(self, database: AsyncDatabase[RawDocument]) -> None:
        self._students = database["students"]

    async def add(self, caller: Caller, student: Student, tx: Transaction) -> None:
        try:
            await self._students.insert_one(student.to_document(), session=tx, comment=caller.label)
        except DuplicateKeyError as error:
            raise RollNumberTaken(field="roll_number") from error

    async def by_id(self, caller: Caller, student_id: str, tx: Transaction | None = None) -> Student | None:
        found = await self._students.find_one({"_id": student_id}, session=tx, comment=caller.label)
        return Student.from_document(found) if found else None

    async def with_account(self, caller: Caller, user_id: str) -> frozenset[str]:
        """The ids of the students who sign in with this account: one, or none."""
        rows = self._students.find({"user_id": user_id}, {"_id": 1}, comment=caller.label)
        return frozenset([row["_id"] async for row in rows])

    async def hold(self, caller: Caller, student_id: str, tx: Transaction) -> None:
        await self._students.update_one({"_id": student_id}, {"$inc": {"held": 1}}, session=tx, comment=caller.label)

    async def by_ids(self, caller: Caller, student_ids: Sequence[str], tx: Transaction | None = None) -> list[Student]:
        query = {"_id": {"$in": list(student_ids)}}
        rows = self._students.find(query, session=tx, comment=caller.label)
        return [Student.from_document(row) async for row in rows]

    async def page(self, caller: Caller, roll_number: str | None, page: PageRequest) -> Page[Student]:
        query = page.narrow({"roll_number": roll_number} if roll_number else {})
        rows = await self._students.find(query, comment=caller.label).sort(page.order).limit(page.fetch).to_list()
        return page.cut(rows, Student.from_document)

    async def by_roll_numbers(
        self, caller: Caller, roll_numbers: Sequence[str], tx: Transaction | None
    ) -> list[Student]:
        found = []
        for some in pieces(roll_numbers, MOST_ASKED):
            rows = self._students.find({"roll_number": {"$in": list(some)}}, session=tx, comment=caller.label)
            found += [Student.from_document(row) async for row in rows]
        return found

    async def add_many(self, caller: Caller, students: Sequence[Student], tx: Transaction) -> None:
        """Keep new students; if somebody else keeps one of them now, the whole is run again and finds that one."""
        for some in pieces(students, MOST_WRITTEN):
            documents = [student.to_document() for student in some]
            await self._students.insert_many(documents, session=tx, comment=caller.label)

    async def set_many(self, caller: Caller, changes: Mapping[str, Mapping[str, Any]], tx: Transaction) -> None:
        """Change fields of students, by id."""
        updates = [UpdateOne({"_id": student_id}, {"$set": dict(fields)}) for student_id, fields in changes.items()]
        for some in pieces(updates, MOST_WRITTEN):
            await self._students.bulk_write(list(some), ordered=False, session=tx, comment=caller.label)


class GuardianRepository:
    def __init__(self, database: AsyncDatabase[RawDocument]) -> None:
        self._guardians = database["guardians"]

    async def in_care_of(self, caller: Caller, user_id: str) -> frozenset[str]:
        """The ids of the students whose guardian signs in with this account."""
        rows = self._guardians.find({"user_id": user_id}, {"student_id": 1}, comment=caller.label)
        return frozenset([row["student_id"] async for row in rows])
