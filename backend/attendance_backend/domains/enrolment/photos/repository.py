"""Kept photos in MongoDB: what is told of them. One that is to be destroyed says so first, then it goes, then this."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pymongo import ASCENDING, IndexModel
from pymongo.asynchronous.database import AsyncDatabase

from attendance_backend.documents import id_at
from attendance_backend.domains.enrolment.photos.schemas import KeptPhoto
from attendance_backend.domains.identity.schemas import Caller
from attendance_backend.kept import Kept, Whose
from attendance_backend.ports.store import RawDocument, Transaction

INDEXES = {
    "enrolment_photos": [
        IndexModel([("student_id", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("leaving", ASCENDING)]),
    ]
}
KEPT = {
    "enrolment_photos": Kept(
        "where the school keeps them: the photos faces were enrolled from, sealed with the student's own key",
        "until the face is erased or removed, or the school keeps such photos no more",
        found_by=(("student_id", Whose.STUDENT),),
        shows=("_id", "student_id", "sha256", "media_type", "at", "by"),
        hides=("leaving",),
        erased="all of it, and the photos",
        photos={"leaving": False},
    )
}


class KeptPhotoRepository:
    def __init__(self, database: AsyncDatabase[RawDocument]) -> None:
        self._photos = database["enrolment_photos"]

    async def add(self, caller: Caller, photos: Sequence[KeptPhoto], tx: Transaction) -> None:
        rows = [photo.to_document() for photo in photos]
        await self._photos.insert_many(rows, session=tx, comment=caller.label)

    async def of_student(self, caller: Caller, student_id: str) -> list[KeptPhoto]:
        query = {"student_id": student_id, "leaving": False}
        rows = self._photos.find(query, comment=caller.label).sort("_id")
        return [KeptPhoto.from_document(row) async for row in rows]

    async def release(self, caller: Caller, student_id: str, until: datetime | None, tx: Transaction) -> None:
        """Tell of a student's photos, of those made before `until`, that they are to be destroyed."""
        query: dict[str, Any] = {"student_id": student_id, **({"_id": {"$lt": id_at(until)}} if until else {})}
        await self._photos.update_many(query, {"$set": {"leaving": True}}, session=tx, comment=caller.label)

    async def some(self, caller: Caller, most: int) -> list[str]:
        """The ids of some that are not to be destroyed."""
        rows = self._photos.find({"leaving": False}, {"_id": 1}, comment=caller.label).limit(most)
        return [row["_id"] async for row in rows]

    async def release_all(self, caller: Caller, photo_ids: Sequence[str], tx: Transaction) -> None:
        query = {"_id": {"$in": list(photo_ids)}}
        await self._photos.update_many(query, {"$set": {"leaving": True}}, session=tx, comment=caller.label)

    async def leaving(self, caller: Caller, student_id: str | None, most: int) -> list[str]:
        """The ids of some, of one student or of anybody, that are to be destroyed."""
        query = {"leaving": True, **({"student_id": student_id} if student_id else {})}
        rows = self._photos.find(query, {"_id": 1}, comment=caller.label).limit(most)
        return [row["_id"] async for row in rows]

    async def remove(self, caller: Caller, photo_id: str) -> None:
        await self._photos.delete_one({"_id": photo_id}, comment=caller.label)
