"""Traces of faces in captures and sessions. It takes away what is biometric and leaves what was recorded.

Every change names only the fields it takes away, so that it never undoes what somebody else writes meanwhile.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

from pymongo import ASCENDING, IndexModel
from pymongo.asynchronous.database import AsyncDatabase

from attendance_backend.documents import id_at
from attendance_backend.domains.attendance.errors import PhotoGone
from attendance_backend.domains.attendance.evidence.schemas import OldPhoto, OldSession
from attendance_backend.domains.attendance.schemas import CaptureState, Mark, SessionState
from attendance_backend.domains.identity.schemas import Caller
from attendance_backend.ports.store import RawDocument, Transaction
from attendance_contract.models import FaceStatus

AT_ONCE = 200
_FACES = "recognition.faces"
INDEXES = {
    "captures": [
        IndexModel([(f"{_FACES}.student_id", ASCENDING)]),
        IndexModel([("erased_at", ASCENDING), ("_id", ASCENDING)]),
    ],
    "sessions": [IndexModel([("decisions.student_id", ASCENDING)])],
}


class TraceRepository:
    def __init__(self, database: AsyncDatabase[RawDocument]) -> None:
        self._captures = database["captures"]
        self._sessions = database["sessions"]

    async def captures_with(self, caller: Caller, student_id: str, until: datetime) -> set[str]:
        """The captures taken before `until` on which the student was matched, or somebody decided that they are."""
        before = id_at(until)
        query = {f"{_FACES}.student_id": student_id, "_id": {"$lt": before}}
        matched = {row["_id"] async for row in self._captures.find(query, {"_id": 1}, comment=caller.label)}
        decided = {"decisions.student_id": student_id}
        sessions = self._sessions.find(decided, {"decisions": 1}, comment=caller.label)
        named = {
            decision["capture_id"]
            async for session in sessions
            for decision in session["decisions"]
            if decision["student_id"] == student_id and decision["capture_id"] < before
        }
        return matched | named

    async def with_photo(self, caller: Caller, capture_ids: Collection[str]) -> list[str]:
        """Those of the captures whose photo was not erased yet."""
        query = {"_id": {"$in": sorted(capture_ids)}, "erased_at": None}
        return [row["_id"] async for row in self._captures.find(query, {"_id": 1}, comment=caller.label)]

    async def sessions_seen_in(self, caller: Caller, student_id: str, capture_ids: Collection[str]) -> list[str]:
        """The sessions that take the student for present by one of these captures."""
        sure = {"student_id": student_id, "status": FaceStatus.PRESENT}
        query = {f"{_FACES}.student_id": student_id, _FACES: {"$elemMatch": sure}, "_id": {"$in": sorted(capture_ids)}}
        rows = self._captures.find(query, {"session_id": 1}, comment=caller.label)
        seen = {row["session_id"] async for row in rows}
        said = {"decisions.student_id": student_id}
        return sorted(seen | {row["_id"] async for row in self._sessions.find(said, {"_id": 1}, comment=caller.label)})

    async def mark(
        self, caller: Caller, session_ids: Sequence[str], student_id: str, mark: Mark, tx: Transaction
    ) -> None:
        """Mark the student in those of the sessions that are open and have no mark of them."""
        field = f"marks.{student_id}"
        query = {"_id": {"$in": list(session_ids)}, "state": SessionState.OPEN, field: {"$exists": False}}
        change = {"$set": {field: mark.model_dump()}, "$inc": {"version": 1}}
        await self._sessions.update_many(query, change, session=tx, comment=caller.label)

    async def erase_photo(self, caller: Caller, capture_id: str, at: datetime) -> None:
        """Tell that the photo is gone, and let nobody try to recognise it again."""
        change = {"$set": {"erased_at": at, "due": None, "lease": None}}
        await self._captures.update_one({"_id": capture_id, "erased_at": None}, change, comment=caller.label)
        states = [CaptureState.RECEIVED, CaptureState.LEASED, CaptureState.DEAD]
        waiting = {"_id": capture_id, "state": {"$in": states}}
        gone = {"$set": {"state": CaptureState.FAILED, "error_code": PhotoGone.code}}
        await self._captures.update_one(waiting, gone, comment=caller.label)

    async def strip_captures(
        self, caller: Caller, student_id: str, capture_ids: Sequence[str], tx: Transaction
    ) -> None:
        """Take the student's faces off these captures, and off their sessions what was decided on those."""
        for start in range(0, len(capture_ids), AT_ONCE):
            some = list(capture_ids[start : start + AT_ONCE])
            face = {"$pull": {_FACES: {"student_id": student_id}}}
            matched = {"_id": {"$in": some}, f"{_FACES}.student_id": student_id}
            await self._captures.update_many(matched, face, session=tx, comment=caller.label)
            said = {"student_id": student_id, "capture_id": {"$in": some}}
            decided = {"decisions": {"$elemMatch": said}}
            change = {"$pull": {"decisions": said}, "$inc": {"version": 1}}
            await self._sessions.update_many(decided, change, session=tx, comment=caller.label)

    async def faces_decided(self, caller: Caller, student_id: str, capture_ids: Collection[str]) -> dict[str, set[int]]:
        """The faces, by capture, that somebody decided to be the student, though they were matched otherwise."""
        query = {"decisions.student_id": student_id}
        found: dict[str, set[int]] = {}
        async for session in self._sessions.find(query, {"decisions": 1}, comment=caller.label):
            for decision in session["decisions"]:
                if decision["student_id"] == student_id and decision["capture_id"] in capture_ids:
                    found.setdefault(decision["capture_id"], set()).add(decision["face_index"])
        return found

    async def strip_faces(self, caller: Caller, capture_id: str, indexes: Collection[int], tx: Transaction) -> None:
        """Take faces off a capture by their index."""
        change = {"$pull": {_FACES: {"index": {"$in": sorted(indexes)}}}}
        await self._captures.update_one({"_id": capture_id}, change, session=tx, comment=caller.label)

    async def old_photos(self, caller: Caller, before: datetime, most: int) -> list[OldPhoto]:
        """Captures with a photo that was taken before a moment, the oldest first."""
        query = {"erased_at": None, "_id": {"$lt": id_at(before)}}
        rows = self._captures.find(query, {"submitted_at": 1}, comment=caller.label).sort("_id").limit(most)
        return [OldPhoto(row["_id"], row["submitted_at"]) async for row in rows]

    async def old_sessions(self, caller: Caller, before: str, most: int) -> list[OldSession]:
        """Sessions of days before one, the oldest first."""
        query = {"date": {"$lt": before}}
        fields = {"subject_id": 1, "date": 1}
        rows = self._sessions.find(query, fields, comment=caller.label).sort("date").limit(most)
        return [OldSession(row["_id"], row["subject_id"], row["date"]) async for row in rows]

    async def photos_of(self, caller: Caller, session_ids: Collection[str]) -> list[str]:
        """The captures of sessions whose photo was not erased yet."""
        query = {"session_id": {"$in": list(session_ids)}, "erased_at": None}
        return [row["_id"] async for row in self._captures.find(query, {"_id": 1}, comment=caller.label)]

    async def remove_sessions(self, caller: Caller, session_ids: Collection[str], tx: Transaction) -> None:
        """Forget sessions and their captures."""
        ids = list(session_ids)
        await self._captures.delete_many({"session_id": {"$in": ids}}, session=tx, comment=caller.label)
        await self._sessions.delete_many({"_id": {"$in": ids}}, session=tx, comment=caller.label)
