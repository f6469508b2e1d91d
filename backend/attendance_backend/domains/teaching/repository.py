"""Subjects and rosters in MongoDB. A caller finds the subjects they may touch, and no trace of others."""

from collections import defaultdict
from collections.abc import Collection, Sequence

from pymongo import ASCENDING, IndexModel
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import DuplicateKeyError

from attendance_backend.bulk import MOST_ASKED, MOST_WRITTEN, pieces
from attendance_backend.domains.identity.schemas import Caller
from attendance_backend.domains.teaching.errors import SubjectCodeTaken
from attendance_backend.domains.teaching.schemas import RosterPlace, Subject
from attendance_backend.paging import Page, PageRequest
from attendance_backend.ports.store import RawDocument, Transaction

INDEXES = {
    "subjects": [IndexModel([("code", ASCENDING)], unique=True), IndexModel([("teacher_ids", ASCENDING)])],
    "rosters": [
        IndexModel([("subject_id", ASCENDING), ("student_id", ASCENDING)], unique=True),
        IndexModel([("subject_id", ASCENDING), ("_id", ASCENDING)]),
    ],
}


class SubjectRepository:
    def __init__(self, database: AsyncDatabase[RawDocument]) -> None:
        self._subjects = database["subjects"]

    async def add(self, caller: Caller, subject: Subject, tx: Transaction) -> None:
        try:
            await self._subjects.insert_one(subject.to_document(), session=tx, comment=caller.label)
        except DuplicateKeyError as error:
            raise SubjectCodeTaken(field="code") from error

    async def taught_by(self, caller: Caller, user_id: str) -> frozenset[str]:
        """The ids of the subjects a user teaches."""
        rows = self._subjects.find({"teacher_ids": user_id}, {"_id": 1}, comment=caller.label)
        return frozenset([row["_id"] async for row in rows])

    async def by_id(self, caller: Caller, subject_id: str, tx: Transaction | None = None) -> Subject | None:
        if not caller.may_touch(subject_id):
            return None
        found = await self._subjects.find_one({"_id": subject_id}, session=tx, comment=caller.label)
        return Subject.from_document(found) if found else None

    async def by_ids(self, caller: Caller, subject_ids: Collection[str]) -> list[Subject]:
        """Those of the subjects that the caller may touch."""
        mine = [subject_id for subject_id in subject_ids if caller.may_touch(subject_id)]
        rows = self._subjects.find({"_id": {"$in": mine}}, comment=caller.label)
        return [Subject.from_document(row) async for row in rows]

    async def by_codes(self, caller: Caller, codes: Sequence[str], tx: Transaction | None) -> list[Subject]:
        """Those of the subjects that the caller may touch."""
        found = []
        for some in pieces(codes, MOST_ASKED):
            rows = self._subjects.find({"code": {"$in": list(some)}}, session=tx, comment=caller.label)
            found += [Subject.from_document(row) async for row in rows if caller.may_touch(row["_id"])]
        return found

    async def page(self, caller: Caller, code: str | None, page: PageRequest) -> Page[Subject]:
        mine = {} if caller.subject_ids is None else {"_id": {"$in": sorted(caller.subject_ids)}}
        query = page.narrow({**mine, **({"code": code} if code else {})})
        rows = await self._subjects.find(query, comment=caller.label).sort(page.order).limit(page.fetch).to_list()
        return page.cut(rows, Subject.from_document)


class RosterRepository:
    def __init__(self, database: AsyncDatabase[RawDocument]) -> None:
        self._places = database["rosters"]

    async def add(self, caller: Caller, place: RosterPlace, tx: Transaction) -> None:
        """Keep a place; if somebody else keeps the same one now, the whole is run again and finds that one."""
        await self._places.insert_one(place.to_document(), session=tx, comment=caller.label)

    async def add_many(self, caller: Caller, places: Sequence[RosterPlace], tx: Transaction) -> None:
        """As `add`, for many."""
        for some in pieces(places, MOST_WRITTEN):
            documents = [place.to_document() for place in some]
            await self._places.insert_many(documents, session=tx, comment=caller.label)

    async def remove(self, caller: Caller, subject_id: str, student_id: str, tx: Transaction) -> bool:
        """Whether the student was on the roster."""
        same = {"subject_id": subject_id, "student_id": student_id}
        done = await self._places.delete_one(same, session=tx, comment=caller.label)
        return done.deleted_count == 1

    async def student_ids(self, caller: Caller, subject_id: str, tx: Transaction | None = None) -> list[str]:
        """Every student on a roster, by id."""
        query = {"subject_id": subject_id}
        rows = self._places.find(query, {"student_id": 1}, session=tx, comment=caller.label)
        return sorted([row["student_id"] async for row in rows])

    async def student_ids_of(
        self, caller: Caller, subject_ids: Collection[str], tx: Transaction | None = None
    ) -> dict[str, list[str]]:
        """Every student on each of the rosters that the caller may touch, by subject."""
        mine = [subject_id for subject_id in subject_ids if caller.may_touch(subject_id)]
        fields = {"subject_id": 1, "student_id": 1}
        rosters: dict[str, list[str]] = defaultdict(list)
        for some in pieces(mine, MOST_ASKED):
            query = {"subject_id": {"$in": list(some)}}
            async for row in self._places.find(query, fields, session=tx, comment=caller.label):
                rosters[row["subject_id"]].append(row["student_id"])
        return rosters

    async def page(self, caller: Caller, subject_id: str, page: PageRequest) -> Page[RosterPlace]:
        query = page.narrow({"subject_id": subject_id})
        rows = await self._places.find(query, comment=caller.label).sort(page.order).limit(page.fetch).to_list()
        return page.cut(rows, RosterPlace.from_document)
