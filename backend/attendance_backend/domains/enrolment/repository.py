"""Templates in MongoDB: one document per student and model, its vectors encrypted before they come here."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime

from pymongo import ASCENDING, IndexModel
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import DuplicateKeyError

from attendance_backend.bulk import batches
from attendance_backend.documents import id_at
from attendance_backend.domains.enrolment.errors import EnrolmentConflict
from attendance_backend.domains.enrolment.schemas import Template
from attendance_backend.domains.identity.schemas import Caller
from attendance_backend.kept import Kept, Whose
from attendance_backend.ports.store import RawDocument, Transaction

INDEXES = {
    "templates": [
        IndexModel([("student_id", ASCENDING), ("model", ASCENDING)], unique=True),
        IndexModel([("model", ASCENDING), ("student_id", ASCENDING)]),
        IndexModel([("compared", ASCENDING), ("model", ASCENDING)]),
    ]
}
KEPT = {
    "templates": Kept(
        "vectors of faces, encrypted with the student's own key; of each photo its digest and date, not the photo",
        "until it is erased or removed",
        found_by=(("student_id", Whose.STUDENT),),
        shows=("_id", "student_id", "model", "photos"),
        hides=("version", "vectors", "compared"),
        erased="all of it, and the key",
    )
}


class TemplateRepository:
    def __init__(self, database: AsyncDatabase[RawDocument]) -> None:
        self._templates = database["templates"]

    def every(self, caller: Caller) -> AsyncIterator[list[Template]]:
        """Every template, some at a time."""
        return batches(self._templates.find({}, comment=caller.label), Template.from_document)

    async def of_model(self, caller: Caller, student_ids: Sequence[str], model: str) -> list[Template]:
        query = {"student_id": {"$in": list(student_ids)}, "model": model}
        rows = self._templates.find(query, comment=caller.label).sort("student_id")
        return [Template.from_document(row) async for row in rows]

    async def versions(self, caller: Caller, student_ids: Sequence[str], model: str) -> list[str]:
        query = {"student_id": {"$in": list(student_ids)}, "model": model}
        rows = self._templates.find(query, {"version": 1}, comment=caller.label)
        return [row["version"] async for row in rows]

    async def students_with_one(self, caller: Caller, student_ids: Sequence[str], model: str | None) -> set[str]:
        query = {"student_id": {"$in": list(student_ids)}, **_of(model)}
        rows = self._templates.find(query, {"student_id": 1}, comment=caller.label)
        return {row["student_id"] async for row in rows}

    async def of_any_model(
        self, caller: Caller, student_ids: Sequence[str], tx: Transaction | None = None
    ) -> list[Template]:
        query = {"student_id": {"$in": list(student_ids)}}
        rows = self._templates.find(query, session=tx, comment=caller.label).sort("_id")
        return [Template.from_document(row) async for row in rows]

    async def after(self, caller: Caller, model: str, student_id: str, most: int) -> list[Template]:
        """Templates of a model by student, those behind one."""
        query = {"model": model, "student_id": {"$gt": student_id}}
        rows = self._templates.find(query, comment=caller.label).sort("student_id").limit(most)
        return [Template.from_document(row) async for row in rows]

    async def students_of(self, caller: Caller, model: str) -> set[str]:
        """All students who have a template of a model."""
        rows = self._templates.find({"model": model}, {"student_id": 1}, comment=caller.label)
        return {row["student_id"] async for row in rows}

    async def is_same(self, caller: Caller, template: Template, tx: Transaction) -> bool:
        """Whether the template is still there as it was read."""
        same = {"_id": template.id, "version": template.version}
        return await self._templates.find_one(same, {"_id": 1}, session=tx, comment=caller.label) is not None

    async def remove_some(self, caller: Caller, model: str, most: int) -> int:
        """How many templates of a model were removed, whoever's they are."""
        rows = self._templates.find({"model": model}, {"_id": 1}, comment=caller.label).limit(most)
        some = {"_id": {"$in": [row["_id"] async for row in rows]}}
        return (await self._templates.delete_many(some, comment=caller.label)).deleted_count

    async def uncompared(self, caller: Caller, model: str | None, most: int) -> list[Template]:
        rows = self._templates.find({"compared": False, **_of(model)}, comment=caller.label).limit(most)
        return [Template.from_document(row) async for row in rows]

    async def set_compared(self, caller: Caller, template: Template) -> None:
        """Tell that this version was compared; a newer one waits for its own turn."""
        same = {"_id": template.id, "version": template.version}
        await self._templates.update_one(same, {"$set": {"compared": True}}, comment=caller.label)

    async def put(self, caller: Caller, template: Template, before: Template | None, tx: Transaction) -> None:
        """Keep a template in place of the one that was there before.

        Raises:
            EnrolmentConflict: there is another one by now.
        """
        try:
            if before is None:
                await self._templates.insert_one(template.to_document(), session=tx, comment=caller.label)
                return
        except DuplicateKeyError as error:
            raise EnrolmentConflict from error
        same = {"_id": before.id, "version": before.version}
        done = await self._templates.replace_one(same, template.to_document(), session=tx, comment=caller.label)
        if done.matched_count == 0:
            raise EnrolmentConflict

    async def remove_made_before(self, caller: Caller, student_id: str, until: datetime, tx: Transaction) -> int:
        """How many templates of the student were removed, of those that last changed before `until`."""
        query = {"student_id": student_id, "version": {"$lt": id_at(until)}}
        done = await self._templates.delete_many(query, session=tx, comment=caller.label)
        return done.deleted_count

    async def remove(self, caller: Caller, student_id: str, tx: Transaction) -> int:
        """How many templates of the student were removed."""
        done = await self._templates.delete_many({"student_id": student_id}, session=tx, comment=caller.label)
        return done.deleted_count


def _of(model: str | None) -> dict[str, str]:
    """The filter of templates of a model; None: of any."""
    return {"model": model} if model else {}
