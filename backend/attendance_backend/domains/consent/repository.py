"""Consents in MongoDB. One per student and purpose is in force at a time; those that ended stay."""

from collections.abc import AsyncIterator, Sequence

from pymongo import ASCENDING, IndexModel, UpdateOne
from pymongo.asynchronous.database import AsyncDatabase

from attendance_backend.bulk import MOST_ASKED, MOST_WRITTEN, batches, pieces
from attendance_backend.domains.consent.schemas import Consent, Ending, Purpose
from attendance_backend.domains.identity.schemas import Caller
from attendance_backend.kept import PROOF, Kept, Whose
from attendance_backend.paging import Page, PageRequest
from attendance_backend.ports.store import RawDocument, Transaction

INDEXES = {
    "consents": [
        IndexModel([("student_id", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("in_force", ASCENDING)], unique=True, partialFilterExpression={"in_force": {"$exists": True}}),
        IndexModel([("in_force", ASCENDING), ("_id", ASCENDING)]),
    ]
}
KEPT = {
    "consents": Kept(
        "consents: to which text, by whom, when, and how each ended",
        PROOF,
        found_by=(("student_id", Whose.STUDENT),),
        shows=(
            *("_id", "student_id", "purpose", "text_version", "given_by", "guardian_name", "given_at"),
            *("recorded_by", "ended"),
        ),
        hides=("in_force", "uses"),
        erased="the one in force ends",
    )
}


class ConsentRepository:
    def __init__(self, database: AsyncDatabase[RawDocument]) -> None:
        self._consents = database["consents"]

    def every(self, caller: Caller) -> AsyncIterator[list[Consent]]:
        """Every consent, those that ended too."""
        return batches(self._consents.find({}, comment=caller.label), Consent.from_document)

    async def add(self, caller: Caller, consent: Consent, tx: Transaction) -> None:
        await self._consents.insert_one(_in_force(consent), session=tx, comment=caller.label)

    async def add_many(self, caller: Caller, consents: Sequence[Consent], tx: Transaction) -> None:
        for some in pieces(consents, MOST_WRITTEN):
            documents = [_in_force(consent) for consent in some]
            await self._consents.insert_many(documents, session=tx, comment=caller.label)

    async def all_in_force(
        self, caller: Caller, student_ids: Sequence[str], purpose: Purpose, tx: Transaction | None
    ) -> list[Consent]:
        """The consents in force of those students who have given one."""
        found = []
        for some in pieces(student_ids, MOST_ASKED):
            query = {"in_force": {"$in": [f"{student_id}:{purpose}" for student_id in some]}}
            rows = self._consents.find(query, session=tx, comment=caller.label)
            found += [Consent.from_document(row) async for row in rows]
        return found

    async def end_many(self, caller: Caller, consent_ids: Sequence[str], ending: Ending, tx: Transaction) -> None:
        change = {"$set": {"ended": ending.model_dump()}, "$unset": {"in_force": ""}}
        updates = [UpdateOne({"_id": consent_id}, change) for consent_id in consent_ids]
        for some in pieces(updates, MOST_WRITTEN):
            await self._consents.bulk_write(list(some), ordered=False, session=tx, comment=caller.label)

    async def in_force(
        self, caller: Caller, student_id: str, purpose: Purpose, tx: Transaction | None = None
    ) -> Consent | None:
        query = {"in_force": f"{student_id}:{purpose}"}
        found = await self._consents.find_one(query, session=tx, comment=caller.label)
        return Consent.from_document(found) if found else None

    async def in_force_for(self, caller: Caller, student_ids: Sequence[str], purpose: Purpose) -> set[str]:
        """Those of the students who have a consent in force."""
        query = {"in_force": {"$in": [f"{student_id}:{purpose}" for student_id in student_ids]}}
        rows = self._consents.find(query, {"student_id": 1}, comment=caller.label)
        return {row["student_id"] async for row in rows}

    async def end(self, caller: Caller, consent_id: str, ending: Ending, tx: Transaction) -> None:
        change = {"$set": {"ended": ending.model_dump()}, "$unset": {"in_force": ""}}
        await self._consents.update_one({"_id": consent_id}, change, session=tx, comment=caller.label)

    async def hold(self, caller: Caller, consent_id: str, tx: Transaction) -> bool:
        """Whether the consent is in force, and write to it, so that a withdrawal at the same time conflicts."""
        query = {"_id": consent_id, "in_force": {"$exists": True}}
        done = await self._consents.update_one(query, {"$inc": {"uses": 1}}, session=tx, comment=caller.label)
        return done.matched_count == 1

    async def page(self, caller: Caller, student_id: str, page: PageRequest) -> Page[Consent]:
        return await page.read(caller, self._consents, {"student_id": student_id}, Consent.from_document)


def _in_force(consent: Consent) -> RawDocument:
    """The document of a consent that holds the one place of its student and purpose."""
    return {**consent.to_document(), "in_force": f"{consent.student_id}:{consent.purpose}"}
