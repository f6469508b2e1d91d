"""Students and their guardians in MongoDB."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from pymongo import ASCENDING, IndexModel, UpdateOne
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import DuplicateKeyError

from attendance_backend.bulk import EXTERNAL, MOST_ASKED, MOST_WRITTEN, batches, pieces
from attendance_backend.domains.identity.schemas import SYSTEM, Caller
from attendance_backend.domains.people.errors import ExternalIdTaken, RollNumberTaken
from attendance_backend.domains.people.policy import name_key
from attendance_backend.domains.people.schemas import Guardian, Student
from attendance_backend.kept import SCHOOL, Kept, Whose
from attendance_backend.paging import Page, PageRequest
from attendance_backend.ports.store import RawDocument, Transaction
from attendance_backend.versions import VersionConflict

_WITH_ACCOUNT = {"user_id": {"$type": "string"}}
_BY_ACCOUNT = IndexModel([("user_id", ASCENDING), ("_id", ASCENDING)])
"""What is asked for without its type is never looked up in an index of one type, on either server."""
_LAST_LETTER = "\U0010ffff"
_UPGRADED_AT_ONCE = 1_000
INDEXES = {
    "students": [
        IndexModel([("roll_number", ASCENDING)], unique=True),
        IndexModel([("roll_number", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("archived", ASCENDING), ("roll_number", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("archived", ASCENDING), ("name_key", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("name_key", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("group", ASCENDING), ("roll_number", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("group", ASCENDING), ("name_key", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("user_id", ASCENDING)], unique=True, partialFilterExpression=_WITH_ACCOUNT),
        _BY_ACCOUNT,
        IndexModel([("external_id", ASCENDING)], unique=True, partialFilterExpression=EXTERNAL),
        IndexModel([("external_id", ASCENDING), ("_id", ASCENDING)]),
    ],
    "guardians": [
        IndexModel([("student_id", ASCENDING), ("_id", ASCENDING)]),
        _BY_ACCOUNT,
    ],
}
KEPT = {
    "students": Kept(
        "students: name, roll number, e-mail address, date of birth, class",
        SCHOOL,
        found_by=(("_id", Whose.STUDENT),),
        shows=(
            *("_id", "roll_number", "name", "is_minor", "created_at", "user_id", "email", "date_of_birth"),
            *("external_id", "group", "archived", "archived_on", "version"),
        ),
        hides=("name_key", "held"),
    ),
    "guardians": Kept(
        "who has care of a student: name and e-mail address",
        SCHOOL,
        found_by=(("student_id", Whose.STUDENT),),
        shows=("_id", "student_id", "name", "email", "user_id", "external_id", "created_at"),
    ),
}


async def upgrade(database: AsyncDatabase[RawDocument]) -> None:
    """Give the students that an earlier version kept what lists are sorted and narrowed by. Others are not touched."""
    students = database["students"]
    while found := await students.find({"name_key": None}, {"name": 1}).limit(_UPGRADED_AT_ONCE).to_list():
        fields = [(row["_id"], {"name_key": name_key(row["name"]), "archived": False, "version": 1}) for row in found]
        await students.bulk_write([UpdateOne({"_id": i}, {"$set": new}) for i, new in fields], comment=SYSTEM.label)


def _document(student: Student) -> RawDocument:
    return _with_key(student.to_document())


def _with_key(fields: Mapping[str, Any]) -> RawDocument:
    return {**fields, **({"name_key": name_key(fields["name"])} if "name" in fields else {})}


def _taken(error: DuplicateKeyError) -> ExternalIdTaken | RollNumberTaken:
    """Which of the two fields that belong to one student only is another's."""
    if "external_id" in str(error):
        return ExternalIdTaken(field="external_id")
    return RollNumberTaken(field="roll_number")


class StudentRepository:
    def __init__(self, database: AsyncDatabase[RawDocument]) -> None:
        self._students = database["students"]

    def every(self, caller: Caller) -> AsyncIterator[list[Student]]:
        """Every student."""
        return batches(self._students.find({}, comment=caller.label), Student.from_document)

    async def add(self, caller: Caller, student: Student, tx: Transaction) -> None:
        try:
            await self._students.insert_one(_document(student), session=tx, comment=caller.label)
        except DuplicateKeyError as error:
            raise _taken(error) from error

    async def by_id(self, caller: Caller, student_id: str, tx: Transaction | None = None) -> Student | None:
        found = await self._students.find_one({"_id": student_id}, session=tx, comment=caller.label)
        return Student.from_document(found) if found else None

    async def replace(self, caller: Caller, student: Student, before: Student, tx: Transaction) -> None:
        """Keep a changed student.

        Raises:
            VersionConflict: it is not the one that was there before.
            RollNumberTaken, ExternalIdTaken: by another one.
        """
        same = {"_id": before.id, "version": before.version}
        change = {"$set": {name: value for name, value in _document(student).items() if name != "_id"}}
        try:
            done = await self._students.update_one(same, change, session=tx, comment=caller.label)
        except DuplicateKeyError as error:
            raise _taken(error) from error
        if done.matched_count == 0:
            raise VersionConflict

    async def with_account(self, caller: Caller, user_id: str) -> frozenset[str]:
        """The ids of the students who sign in with this account: one, or none."""
        rows = self._students.find({"user_id": user_id}, {"_id": 1}, comment=caller.label)
        return frozenset([row["_id"] async for row in rows])

    async def link(self, caller: Caller, student_id: str, user_id: str, tx: Transaction) -> bool:
        """Whether the student had no account yet."""
        query = {"_id": student_id, "user_id": None}
        change = {"$set": {"user_id": user_id}, "$inc": {"version": 1}}
        done = await self._students.update_one(query, change, session=tx, comment=caller.label)
        return done.matched_count == 1

    async def hold(self, caller: Caller, student_id: str, tx: Transaction) -> None:
        await self._students.update_one({"_id": student_id}, {"$inc": {"held": 1}}, session=tx, comment=caller.label)

    async def by_ids(self, caller: Caller, student_ids: Sequence[str], tx: Transaction | None = None) -> list[Student]:
        found = []
        for some in pieces(student_ids, MOST_ASKED):
            rows = self._students.find({"_id": {"$in": list(some)}}, session=tx, comment=caller.label)
            found += [Student.from_document(row) async for row in rows]
        return found

    async def page(
        self, caller: Caller, wanted: Mapping[str, Any], name_begins: str | None, page: PageRequest
    ) -> Page[Student]:
        """Students with these fields whose name begins so, whatever its case and accents."""
        start = name_key(name_begins or "")
        named = {"name_key": {"$gte": start, "$lt": start + _LAST_LETTER}} if start else {}
        return await page.read(caller, self._students, {**wanted, **named}, Student.from_document)

    async def in_group(self, caller: Caller, group: str) -> list[Student]:
        return [Student.from_document(row) async for row in self._students.find({"group": group}, comment=caller.label)]

    async def by_roll_numbers(
        self, caller: Caller, roll_numbers: Sequence[str], tx: Transaction | None
    ) -> list[Student]:
        found = []
        for some in pieces(roll_numbers, MOST_ASKED):
            rows = self._students.find({"roll_number": {"$in": list(some)}}, session=tx, comment=caller.label)
            found += [Student.from_document(row) async for row in rows]
        return found

    async def by_external_ids(
        self, caller: Caller, external_ids: Sequence[str], tx: Transaction | None
    ) -> list[Student]:
        found = []
        for some in pieces(external_ids, MOST_ASKED):
            rows = self._students.find({"external_id": {"$in": list(some)}}, session=tx, comment=caller.label)
            found += [Student.from_document(row) async for row in rows]
        return found

    async def external_ids(self, caller: Caller, tx: Transaction | None) -> set[str]:
        """What another system calls the students that are not archived, each that it has named."""
        query = {**EXTERNAL, "archived": False}
        rows = self._students.find(query, {"external_id": 1}, session=tx, comment=caller.label)
        return {row["external_id"] async for row in rows}

    async def add_many(self, caller: Caller, students: Sequence[Student], tx: Transaction) -> None:
        """Keep new students; if somebody else keeps one of them now, the whole is run again and finds that one."""
        for some in pieces(students, MOST_WRITTEN):
            documents = [_document(student) for student in some]
            await self._students.insert_many(documents, session=tx, comment=caller.label)

    async def set_many(self, caller: Caller, changes: Mapping[str, Mapping[str, Any]], tx: Transaction) -> None:
        """Change fields of students, by id."""
        updates = [
            UpdateOne({"_id": i}, {"$set": _with_key(new), "$inc": {"version": 1}}) for i, new in changes.items()
        ]
        for some in pieces(updates, MOST_WRITTEN):
            await self._students.bulk_write(list(some), ordered=False, session=tx, comment=caller.label)


class GuardianRepository:
    def __init__(self, database: AsyncDatabase[RawDocument]) -> None:
        self._guardians = database["guardians"]

    def every(self, caller: Caller) -> AsyncIterator[list[Guardian]]:
        """Every guardian of every student."""
        return batches(self._guardians.find({}, comment=caller.label), Guardian.from_document)

    async def in_care_of(self, caller: Caller, user_id: str) -> frozenset[str]:
        """The ids of the students whose guardian signs in with this account."""
        rows = self._guardians.find({"user_id": user_id}, {"student_id": 1}, comment=caller.label)
        return frozenset([row["student_id"] async for row in rows])

    async def of_student(self, caller: Caller, student_id: str, tx: Transaction | None = None) -> list[Guardian]:
        rows = self._guardians.find({"student_id": student_id}, session=tx, comment=caller.label).sort("_id")
        return [Guardian.from_document(row) async for row in rows]

    async def of_students(
        self, caller: Caller, student_ids: Sequence[str], tx: Transaction | None = None
    ) -> list[Guardian]:
        found = []
        for some in pieces(student_ids, MOST_ASKED):
            rows = self._guardians.find({"student_id": {"$in": list(some)}}, session=tx, comment=caller.label).sort(
                "_id"
            )
            found += [Guardian.from_document(row) async for row in rows]
        return found

    async def add_many(self, caller: Caller, guardians: Sequence[Guardian], tx: Transaction) -> None:
        for some in pieces(guardians, MOST_WRITTEN):
            documents = [guardian.to_document() for guardian in some]
            await self._guardians.insert_many(documents, session=tx, comment=caller.label)

    async def set_many(self, caller: Caller, changes: Mapping[str, Mapping[str, Any]], tx: Transaction) -> None:
        """Change fields of guardians, by id."""
        updates = [UpdateOne({"_id": guardian_id}, {"$set": dict(new)}) for guardian_id, new in changes.items()]
        for some in pieces(updates, MOST_WRITTEN):
            await self._guardians.bulk_write(list(some), ordered=False, session=tx, comment=caller.label)

    async def page(self, caller: Caller, student_id: str, page: PageRequest) -> Page[Guardian]:
        return await page.read(caller, self._guardians, {"student_id": student_id}, Guardian.from_document)

    async def add(self, caller: Caller, guardian: Guardian, tx: Transaction) -> None:
        await self._guardians.insert_one(guardian.to_document(), session=tx, comment=caller.label)

    async def change(self, caller: Caller, guardian: Guardian, change: Mapping[str, Any], tx: Transaction) -> None:
        same = {"_id": guardian.id}
        await self._guardians.update_one(same, {"$set": dict(change)}, session=tx, comment=caller.label)

    async def remove(self, caller: Caller, guardian: Guardian, tx: Transaction) -> None:
        await self._guardians.delete_one({"_id": guardian.id}, session=tx, comment=caller.label)

    async def link(self, caller: Caller, guardian: Guardian, tx: Transaction) -> None:
        """Give the account to the guardian of this student and address, who is kept if there is none yet."""
        query = {"student_id": guardian.student_id, "email": guardian.email, "user_id": None}
        change = {"$set": {"user_id": guardian.user_id}}
        done = await self._guardians.update_one(query, change, session=tx, comment=caller.label)
        if done.matched_count == 0:
            await self._guardians.insert_one(guardian.to_document(), session=tx, comment=caller.label)
