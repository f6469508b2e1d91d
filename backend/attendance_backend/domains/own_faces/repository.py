"""Challenges and photos that wait, in MongoDB; of a student one waits at most."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pymongo import ASCENDING, IndexModel
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import DuplicateKeyError

from attendance_backend.documents import id_at
from attendance_backend.domains.identity.schemas import Caller
from attendance_backend.domains.own_faces.errors import OwnFaceWaits
from attendance_backend.domains.own_faces.schemas import LivenessChallenge, OwnFace, OwnFaceState
from attendance_backend.kept import Kept, Whose
from attendance_backend.paging import Page, PageRequest
from attendance_backend.ports.store import RawDocument, Transaction

PENDING = {"state": OwnFaceState.PENDING.value}
WAITS_FOR = 30
"""Days that the office has to look at a photo; what became of it is told as long."""
INDEXES = {
    "liveness_challenges": [IndexModel([("expires_at", ASCENDING)], expireAfterSeconds=0)],
    "own_faces": [
        IndexModel([("student_id", ASCENDING)], unique=True, partialFilterExpression=PENDING, name="one_waits"),
        IndexModel([("student_id", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("state", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("looks_like.student_id", ASCENDING)]),
    ],
}
KEPT = {
    "liveness_challenges": Kept(
        "which way a student was asked to turn their head", "two minutes", apart="it is over within minutes"
    ),
    "own_faces": Kept(
        "photos that students sent of themselves, sealed, and whose face the office says they show",
        "30 days; the photo until the office has looked at it",
        found_by=(("student_id", Whose.STUDENT),),
        shows=("_id", "student_id", "state", "submitted_at", "submitted_by", "decided_at", "decided_by", "reason"),
        hides=("looks_like", "media_type"),
        erased="all of it, and the photo",
        days=WAITS_FOR,
        photos=PENDING,
    ),
}


class OwnFaceRepository:
    def __init__(self, database: AsyncDatabase[RawDocument]) -> None:
        self._challenges = database["liveness_challenges"]
        self._faces = database["own_faces"]

    async def add_challenge(self, caller: Caller, challenge: LivenessChallenge, tx: Transaction) -> None:
        await self._challenges.insert_one(challenge.to_document(), session=tx, comment=caller.label)

    async def challenge(self, caller: Caller, challenge_id: str, student_id: str) -> LivenessChallenge | None:
        query = {"_id": challenge_id, "student_id": student_id}
        found = await self._challenges.find_one(query, comment=caller.label)
        return LivenessChallenge.from_document(found) if found else None

    async def use_challenge(self, caller: Caller, challenge_id: str) -> bool:
        """Whether nobody had used it."""
        return (await self._challenges.delete_one({"_id": challenge_id}, comment=caller.label)).deleted_count == 1

    async def add(self, caller: Caller, face: OwnFace, tx: Transaction) -> None:
        """Keep a photo that waits.

        Raises:
            OwnFaceWaits: there is another one.
        """
        if await self._faces.find_one({"student_id": face.student_id, **PENDING}, session=tx, comment=caller.label):
            raise OwnFaceWaits
        try:
            await self._faces.insert_one(face.to_document(), session=tx, comment=caller.label)
        except DuplicateKeyError as error:
            raise OwnFaceWaits from error

    async def by_id(self, caller: Caller, own_face_id: str) -> OwnFace | None:
        found = await self._faces.find_one({"_id": own_face_id}, comment=caller.label)
        return OwnFace.from_document(found) if found else None

    async def of_student(self, caller: Caller, student_id: str, tx: Transaction | None = None) -> list[OwnFace]:
        """All that a student sent, the newest first."""
        rows = self._faces.find({"student_id": student_id}, session=tx, comment=caller.label).sort("_id", -1)
        return [OwnFace.from_document(row) async for row in rows]

    async def decide(self, caller: Caller, face: OwnFace, change: Mapping[str, Any], tx: Transaction) -> bool:
        """Whether nobody had decided."""
        still = {"_id": face.id, **PENDING}
        done = await self._faces.update_one(still, {"$set": dict(change)}, session=tx, comment=caller.label)
        return done.matched_count == 1

    async def remove(self, caller: Caller, student_id: str, tx: Transaction) -> None:
        await self._faces.delete_many({"student_id": student_id}, session=tx, comment=caller.label)

    async def remove_made_before(self, caller: Caller, student_id: str, until: datetime) -> None:
        query = {"student_id": student_id, "_id": {"$lt": id_at(until)}}
        await self._faces.delete_many(query, comment=caller.label)

    async def forget_alike(self, caller: Caller, student_id: str) -> None:
        """Forget that photos of others look like a student."""
        named = {"looks_like.student_id": student_id}
        await self._faces.update_many(
            named, {"$pull": {"looks_like": {"student_id": student_id}}}, comment=caller.label
        )

    async def page(self, caller: Caller, state: OwnFaceState | None, page: PageRequest) -> Page[OwnFace]:
        query = page.narrow({"state": state} if state else {})
        rows = await self._faces.find(query, comment=caller.label).sort(page.order).limit(page.fetch).to_list()
        return page.cut(rows, OwnFace.from_document)
