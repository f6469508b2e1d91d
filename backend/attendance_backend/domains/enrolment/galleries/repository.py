"""Sent galleries in MongoDB, found by those who are in them. The database forgets them by itself."""

from collections.abc import Sequence
from datetime import timedelta

from pymongo import ASCENDING, IndexModel
from pymongo.asynchronous.database import AsyncDatabase

from attendance_backend.domains.enrolment.galleries.schemas import SentGallery
from attendance_backend.domains.identity.schemas import Caller
from attendance_backend.kept import Kept
from attendance_backend.ports.store import RawDocument

HELD_FOR = timedelta(minutes=10)
"""No gallery outlives this in the ML service, by the contract."""
INDEXES = {
    "sent_galleries": [
        IndexModel([("student_ids", ASCENDING)]),
        IndexModel([("sent_at", ASCENDING)], expireAfterSeconds=int(HELD_FOR.total_seconds())),
    ]
}
KEPT = {
    "sent_galleries": Kept(
        "who is in a gallery that the ML service holds",
        "ten minutes",
        apart="a copy of the roster for ten minutes",
        erased="those with the student, here and in the ML service",
    )
}


class SentGalleryRepository:
    def __init__(self, database: AsyncDatabase[RawDocument]) -> None:
        self._sent = database["sent_galleries"]

    async def put(self, caller: Caller, gallery: SentGallery) -> None:
        same = {"_id": gallery.id}
        await self._sent.replace_one(same, gallery.to_document(), upsert=True, comment=caller.label)

    async def with_student(self, caller: Caller, student_id: str) -> list[str]:
        """The ids of the galleries that hold this student."""
        rows = self._sent.find({"student_ids": student_id}, {"_id": 1}, comment=caller.label)
        return [row["_id"] async for row in rows]

    async def remove(self, caller: Caller, gallery_ids: Sequence[str]) -> None:
        await self._sent.delete_many({"_id": {"$in": list(gallery_ids)}}, comment=caller.label)
