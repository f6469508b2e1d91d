"""Subjects and rosters in MongoDB. A caller finds the subjects they may touch, and no trace of others."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from typing import Any

from pymongo import ASCENDING, IndexModel, UpdateOne
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import DuplicateKeyError

from attendance_backend.bulk import EXTERNAL, MOST_ASKED, MOST_WRITTEN, batches, pieces
from attendance_backend.domains.identity.schemas import Caller
from attendance_backend.domains.teaching.errors import SubjectCodeTaken
from attendance_backend.domains.teaching.policy import on_roster
from attendance_backend.domains.teaching.schemas import RosterPlace, Subject
from attendance_backend.kept import SCHOOL, Kept, Whose
from attendance_backend.paging import Page, PageRequest
from attendance_backend.ports.store import RawDocument, Transaction
from attendance_backend.versions import VersionConflict

ROSTERS_ASKED = 10
"""Rosters in one `$in`: the embedded database compares each place with all of them; 60 at once take twice as long."""
INDEXES = {
    "subjects": [
        IndexModel([("code", ASCENDING)], unique=True),
        IndexModel([("teacher_ids", ASCENDING)]),
        IndexModel([("external_id", ASCENDING)], unique=True, partialFilterExpression=EXTERNAL),
    ],
    "rosters": [
        IndexModel([("subject_id", ASCENDING), ("student_id", ASCENDING)], unique=True),
        IndexModel([("subject_id", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("student_id", ASCENDING)]),
    ],
}
KEPT = {
    "subjects": Kept("subjects and who teaches them", SCHOOL),
    "rosters": Kept(
        "who is on a subject's roster, and from when to when",
        SCHOOL,
        found_by=(("student_id", Whose.STUDENT),),
        shows=("_id", "subject_id", "student_id", "added_at", "added_by", "periods", "enrolments"),
    ),
}


class SubjectRepository:
    def __init__(self, database: AsyncDatabase[RawDocument]) -> None:
        self._subjects = database["subjects"]

    def every(self, caller: Caller) -> AsyncIterator[list[Subject]]:
        """Every subject."""
        return batches(self._subjects.find({}, comment=caller.label), Subject.from_document)

    async def add(self, caller: Caller, subject: Subject, tx: Transaction) -> None:
        try:
            await self._subjects.insert_one(subject.to_document(), session=tx, comment=caller.label)
        except DuplicateKeyError as error:
            raise SubjectCodeTaken(field="code") from error

    async def replace(self, caller: Caller, subject: Subject, before: Subject, tx: Transaction) -> None:
        """Keep a changed subject.

        Raises:
            VersionConflict: it is not the one that was there before.
            SubjectCodeTaken: by another one.
        """
        version = before.version if before.version > 1 else {"$in": [1, None]}
        same = {"_id": before.id, "version": version}
        try:
            done = await self._subjects.replace_one(same, subject.to_document(), session=tx, comment=caller.label)
        except DuplicateKeyError as error:
            raise SubjectCodeTaken(field="code") from error
        if done.matched_count == 0:
            raise VersionConflict

    async def taught_by(self, caller: Caller, user_id: str) -> frozenset[str]:
        """The ids of the subjects a user teaches."""
        rows = self._subjects.find({"teacher_ids": user_id}, {"_id": 1}, comment=caller.label)
        return frozenset([row["_id"] async for row in rows])

    async def by_id(self, caller: Caller, subject_id: str, tx: Transaction | None = None) -> Subject | None:
        if not caller.may_touch(subject_id):
            return None
        found = await self._subjects.find_one({"_id": subject_id}, session=tx, comment=caller.label)
        return Subject.from_document(found) if found else None

    async def by_ids(
        self, caller: Caller, subject_ids: Collection[str], tx: Transaction | None = None
    ) -> list[Subject]:
        """Those of the subjects that the caller may touch."""
        mine = [subject_id for subject_id in subject_ids if caller.may_touch(subject_id)]
        found = []
        for some in pieces(mine, MOST_ASKED):
            rows = self._subjects.find({"_id": {"$in": list(some)}}, session=tx, comment=caller.label)
            found += [Subject.from_document(row) async for row in rows]
        return found

    async def by_codes(self, caller: Caller, codes: Sequence[str], tx: Transaction | None) -> list[Subject]:
        """Those of the subjects that the caller may touch."""
        found = []
        for some in pieces(codes, MOST_ASKED):
            rows = self._subjects.find({"code": {"$in": list(some)}}, session=tx, comment=caller.label)
            found += [Subject.from_document(row) async for row in rows if caller.may_touch(row["_id"])]
        return found

    async def external(self, caller: Caller, tx: Transaction | None) -> list[Subject]:
        """Every subject that another system has named and the caller may touch."""
        rows = self._subjects.find(dict(EXTERNAL), session=tx, comment=caller.label)
        return [Subject.from_document(row) async for row in rows if caller.may_touch(row["_id"])]

    async def add_many(self, caller: Caller, subjects: Sequence[Subject], tx: Transaction) -> None:
        """Keep new subjects; if somebody else keeps one of them now, the whole is run again and finds that one."""
        for some in pieces(subjects, MOST_WRITTEN):
            documents = [subject.to_document() for subject in some]
            await self._subjects.insert_many(documents, session=tx, comment=caller.label)

    async def set_many(self, caller: Caller, changes: Mapping[str, Mapping[str, Any]], tx: Transaction) -> None:
        """Change fields of subjects, by id."""
        updates = [UpdateOne({"_id": i}, {"$set": dict(new), "$inc": {"version": 1}}) for i, new in changes.items()]
        for some in pieces(updates, MOST_WRITTEN):
            await self._subjects.bulk_write(list(some), ordered=False, session=tx, comment=caller.label)

    async def page(self, caller: Caller, wanted: Mapping[str, Any], page: PageRequest) -> Page[Subject]:
        mine = {} if caller.subject_ids is None else {"_id": {"$in": sorted(caller.subject_ids)}}
        # Older subjects have no such field: they are none of the archived.
        kept = {"archived": {"$ne": True}} if wanted.get("archived") is False else {}
        return await page.read(caller, self._subjects, {**mine, **wanted, **kept}, Subject.from_document)


class RosterRepository:
    def __init__(self, database: AsyncDatabase[RawDocument]) -> None:
        self._places = database["rosters"]

    def every(self, caller: Caller) -> AsyncIterator[list[RosterPlace]]:
        """Every place on every roster, of whatever day."""
        return batches(self._places.find({}, comment=caller.label), RosterPlace.from_document)

    async def add(self, caller: Caller, places: Sequence[RosterPlace], tx: Transaction) -> None:
        """Keep places; if somebody else keeps the same one now, the whole is run again and finds that one."""
        for some in pieces(places, MOST_WRITTEN):
            documents = [place.to_document() for place in some]
            await self._places.insert_many(documents, session=tx, comment=caller.label)

    async def change(self, caller: Caller, places: Sequence[RosterPlace], tx: Transaction) -> None:
        """Keep the places as they are now; one without a period is none any more."""
        changes = [UpdateOne({"_id": place.id}, {"$set": _periods(place)}) for place in places if place.periods]
        for some in pieces(changes, MOST_WRITTEN):
            await self._places.bulk_write(list(some), session=tx, comment=caller.label)
        for gone in pieces([place.id for place in places if not place.periods], MOST_ASKED):
            await self._places.delete_many({"_id": {"$in": list(gone)}}, session=tx, comment=caller.label)

    async def clear(self, caller: Caller, subject_id: str, tx: Transaction) -> None:
        await self._places.delete_many({"subject_id": subject_id}, session=tx, comment=caller.label)

    async def places(self, caller: Caller, subject_id: str, tx: Transaction | None = None) -> list[RosterPlace]:
        """Every place on a roster, of whatever day."""
        rows = self._places.find({"subject_id": subject_id}, session=tx, comment=caller.label)
        return [RosterPlace.from_document(row) async for row in rows]

    async def places_of(
        self, caller: Caller, student_ids: Sequence[str], tx: Transaction | None = None
    ) -> list[RosterPlace]:
        """Every place of these students, of whatever day."""
        found = []
        for some in pieces(student_ids, MOST_ASKED):
            rows = self._places.find({"student_id": {"$in": list(some)}}, session=tx, comment=caller.label)
            found += [RosterPlace.from_document(row) async for row in rows]
        return found

    async def student_ids(self, caller: Caller, subject_id: str, day: str, tx: Transaction | None = None) -> list[str]:
        """Every student on a roster that day, by id."""
        places = await self.places(caller, subject_id, tx)
        return sorted([place.student_id for place in places if on_roster(place.periods, day)])

    async def of_subjects(
        self, caller: Caller, subject_ids: Collection[str], tx: Transaction | None = None
    ) -> list[RosterPlace]:
        """Every place, of whatever day, on each of the rosters that the caller may touch."""
        found = []
        for some in pieces([subject_id for subject_id in subject_ids if caller.may_touch(subject_id)], ROSTERS_ASKED):
            rows = self._places.find({"subject_id": {"$in": list(some)}}, session=tx, comment=caller.label)
            found += [RosterPlace.from_document(row) async for row in rows]
        return found

    async def page(self, caller: Caller, subject_id: str, day: str, page: PageRequest) -> Page[RosterPlace]:
        on = [place for place in await self.places(caller, subject_id) if on_roster(place.periods, day)]
        return page.of([place.to_document() for place in on], RosterPlace.from_document)


def _periods(place: RosterPlace) -> dict[str, Any]:
    return place.model_dump(include={"periods", "enrolments"})
