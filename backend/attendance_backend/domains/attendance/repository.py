"""Sessions and captures in MongoDB. A caller finds those of their subjects, and no trace of others."""

from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any

from pymongo import ASCENDING, IndexModel
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import BulkWriteError, DuplicateKeyError

from attendance_backend.bulk import MOST_ASKED, batches, pieces
from attendance_backend.domains.attendance.errors import SessionExists
from attendance_backend.domains.attendance.schemas import (
    Capture,
    CaptureState,
    Session,
    SessionLine,
    SessionState,
)
from attendance_backend.domains.identity.schemas import Caller
from attendance_backend.domains.tallies.faces.schemas import Photographed
from attendance_backend.filters import all_of
from attendance_backend.kept import WITH_RECORDS, Kept
from attendance_backend.paging import Page, PageRequest
from attendance_backend.ports.store import RawDocument, Transaction
from attendance_backend.reach import of_session, of_subjects
from attendance_backend.versions import VersionConflict

WAITING = (CaptureState.RECEIVED, CaptureState.LEASED)
INDEXES = {
    "sessions": [
        IndexModel([("subject_id", ASCENDING), ("date", ASCENDING), ("period", ASCENDING)], unique=True),
        IndexModel([("subject_id", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("date", ASCENDING)]),
        IndexModel([("room_id", ASCENDING), ("date", ASCENDING)]),
    ],
    "captures": [
        IndexModel([("session_id", ASCENDING), ("sha256", ASCENDING)], unique=True),
        IndexModel([("state", ASCENDING), ("due", ASCENDING)]),
        IndexModel([("state", ASCENDING), ("_id", ASCENDING)]),
    ],
}
KEPT = {
    "sessions": Kept(
        "sessions: draft marks, and who somebody said is on a photo",
        WITH_RECORDS,
        apart="what is marked becomes a record when it is closed",
        erased="what was decided on photos of the student",
    ),
    "captures": Kept(
        "class photos, each sealed with a key of its own, and whose faces were found on them",
        "the photo as long as `class_photo_days` says (30 days), the rest with the records of its day",
        apart="the student's own face of each photo is in `faces/`, and what was measured in their records",
        erased="the photo, its key and the student's faces",
        photos={"erased_at": None},
    ),
}


class SessionRepository:
    def __init__(self, database: AsyncDatabase[RawDocument]) -> None:
        self._sessions = database["sessions"]

    def every(self, caller: Caller) -> AsyncIterator[list[SessionLine]]:
        """Every session, without what was marked in it."""
        shown = dict.fromkeys(SessionLine.model_fields, 1)
        return batches(self._sessions.find({}, shown, comment=caller.label), SessionLine.from_document)

    async def add(self, caller: Caller, session: Session, tx: Transaction) -> None:
        same = {"subject_id": session.subject_id, "date": session.date, "period": session.period}
        before = await self._sessions.find_one(same, {"_id": 1}, session=tx, comment=caller.label)
        if before:
            raise SessionExists(session_id=before["_id"])
        try:
            await self._sessions.insert_one(session.to_document(), session=tx, comment=caller.label)
        except DuplicateKeyError as error:
            raise SessionExists from error

    async def add_many(self, caller: Caller, sessions: Sequence[Session], tx: Transaction) -> None:
        """Keep new sessions, all or none.

        Raises:
            SessionExists: there is one of the subject, date and period of one of them.
        """
        documents = [session.to_document() for session in sessions]
        try:
            await self._sessions.insert_many(documents, session=tx, comment=caller.label)
        except BulkWriteError as error:
            raise SessionExists from error

    async def by_id(self, caller: Caller, session_id: str, tx: Transaction | None = None) -> Session | None:
        query = {"_id": session_id, **of_session(caller, session_id)}
        found = await self._sessions.find_one(query, session=tx, comment=caller.label)
        return Session.from_document(found) if found else None

    async def replace(self, caller: Caller, session: Session, before: Session, tx: Transaction) -> None:
        """Keep a changed session.

        Raises:
            VersionConflict: it is not the one that was there before.
        """
        same = {"_id": before.id, "version": before.version, **of_session(caller, before.id)}
        done = await self._sessions.replace_one(same, session.to_document(), session=tx, comment=caller.label)
        if done.matched_count == 0:
            raise VersionConflict

    async def hold_open(self, caller: Caller, session_id: str, tx: Transaction) -> bool:
        """Whether the session is open, and write to it, so that closing it at the same time conflicts."""
        query = {"_id": session_id, "state": SessionState.OPEN, **of_session(caller, session_id)}
        done = await self._sessions.update_one(query, {"$inc": {"captures": 1}}, session=tx, comment=caller.label)
        return done.matched_count == 1

    async def between(self, caller: Caller, subject_ids: Collection[str], first: str, last: str) -> list[Session]:
        """The sessions of these subjects from the first to the last day, without their marks and decisions."""
        found = []
        for some in pieces(list(subject_ids), MOST_ASKED):
            asked = {"subject_id": {"$in": list(some)}, "date": {"$gte": first, "$lte": last}}
            query = all_of(asked, of_subjects(caller))
            rows = self._sessions.find(query, {"marks": 0, "decisions": 0}, comment=caller.label)
            found += [_without_marks(row) async for row in rows]
        return found

    async def page(self, caller: Caller, wanted: Mapping[str, str], page: PageRequest) -> Page[Session]:
        single = [{"_id": {"$in": sorted(caller.single_ids)}}] if caller.single_ids else []
        queries = [all_of(wanted, reach) for reach in (of_subjects(caller), *single)]
        return await page.read_any(caller, self._sessions, queries, Session.from_document)

    async def in_room(self, caller: Caller, room_id: str, date: str) -> list[Session]:
        """The sessions in a room on a day, whatever their subject, without their marks and decisions."""
        query = {"room_id": room_id, "date": date}
        rows = self._sessions.find(query, {"marks": 0, "decisions": 0}, comment=caller.label)
        return [_without_marks(row) async for row in rows]

    async def id_of(
        self, caller: Caller, subject_id: str, date: str, period: int, tx: Transaction | None = None
    ) -> str | None:
        """The id of a session, whoever may take it. None: it was not opened."""
        same = {"subject_id": subject_id, "date": date, "period": period}
        found = await self._sessions.find_one(same, {"_id": 1}, session=tx, comment=caller.label)
        return str(found["_id"]) if found else None

    async def days(self, caller: Caller) -> set[tuple[str, str]]:
        """Each subject and day that has a session."""
        rows = self._sessions.find(of_subjects(caller), {"subject_id": 1, "date": 1}, comment=caller.label)
        return {(row["subject_id"], row["date"]) async for row in rows}

    async def of_day(
        self, caller: Caller, subject_id: str, date: str, tx: Transaction
    ) -> dict[str, Photographed | None]:
        query = all_of({"subject_id": subject_id, "date": date}, of_subjects(caller))
        rows = self._sessions.find(query, {"photographed": 1}, session=tx, comment=caller.label)
        return {row["_id"]: _photographed(row.get("photographed")) async for row in rows}


def _photographed(kept: RawDocument | None) -> Photographed | None:
    return None if kept is None else Photographed.model_validate(kept)


def _without_marks(row: RawDocument) -> Session:
    return Session.from_document({**row, "marks": {}, "decisions": []})


class CaptureRepository:
    def __init__(self, database: AsyncDatabase[RawDocument]) -> None:
        self._captures = database["captures"]

    async def add(self, caller: Caller, capture: Capture, tx: Transaction) -> bool:
        """Whether the session did not have this photo before."""
        same = {"session_id": capture.session_id, "sha256": capture.sha256}
        if await self._captures.find_one(same, {"_id": 1}, session=tx, comment=caller.label):
            return False
        await self._captures.insert_one(capture.to_document(), session=tx, comment=caller.label)
        return True

    async def by_id(self, caller: Caller, capture_id: str, tx: Transaction | None = None) -> Capture | None:
        found = await self._captures.find_one({"_id": capture_id}, session=tx, comment=caller.label)
        capture = Capture.from_document(found) if found else None
        return capture if capture and caller.may_take(capture.session_id, capture.subject_id) else None

    async def same_photo(self, caller: Caller, session_id: str, sha256: str) -> Capture | None:
        query = {"session_id": session_id, "sha256": sha256, **of_session(caller, session_id)}
        found = await self._captures.find_one(query, comment=caller.label)
        return Capture.from_document(found) if found else None

    async def of_session(self, caller: Caller, session_id: str, tx: Transaction | None = None) -> list[Capture]:
        query = {"session_id": session_id, **of_session(caller, session_id)}
        rows = self._captures.find(query, session=tx, comment=caller.label).sort("_id")
        return [Capture.from_document(row) async for row in rows]

    async def of_sessions(self, caller: Caller, session_ids: Collection[str]) -> dict[str, list[Capture]]:
        query = {"session_id": {"$in": list(session_ids)}}
        found = defaultdict(list)
        async for row in self._captures.find(query, comment=caller.label).sort("_id"):
            if caller.may_take(row["session_id"], row["subject_id"]):
                found[row["session_id"]].append(Capture.from_document(row))
        return found

    async def take(
        self, caller: Caller, now: datetime, until: datetime, lease: str, capture_id: str | None = None
    ) -> Capture | None:
        """Lease a capture that is due, the one longest due unless one is named. None: there is none."""
        change = {"$set": {"state": CaptureState.LEASED, "due": until, "lease": lease}, "$inc": {"attempts": 1}}
        while found := await self._longest_due(caller, now, capture_id):
            same = {"_id": found["_id"], "due": found["due"]}
            taken = await self._captures.update_one(same, change, comment=caller.label)
            if taken.matched_count:
                mine = {"_id": found["_id"], "lease": lease}
                leased = await self._captures.find_one(mine, comment=caller.label)
                return Capture.from_document(leased) if leased else None
        return None

    async def _longest_due(self, caller: Caller, now: datetime, capture_id: str | None) -> RawDocument | None:
        """A query for each state that waits: the embedded database finds a range only behind something equal."""
        named = {"_id": capture_id} if capture_id else {}
        queries = [{"state": state, "due": {"$lte": now}, **named, **of_subjects(caller)} for state in WAITING]
        shown = {"due": 1}
        found = [
            await self._captures.find_one(query, shown, sort=[("due", ASCENDING)], comment=caller.label)
            for query in queries
        ]
        return min((row for row in found if row), key=itemgetter("due"), default=None)

    async def settle(self, caller: Caller, capture: Capture, change: Mapping[str, Any]) -> bool:
        """Change a leased capture, if the lease is still the one it was taken with."""
        held = {"_id": capture.id, "lease": capture.lease}
        done = await self._captures.update_one(held, {"$set": dict(change)}, comment=caller.label)
        return done.matched_count == 1

    async def erase(self, caller: Caller, capture: Capture, tx: Transaction) -> None:
        """Forget a capture, whoever has leased it."""
        await self._captures.delete_one(
            {"_id": capture.id, **of_session(caller, capture.session_id)}, session=tx, comment=caller.label
        )

    async def remove(self, caller: Caller, capture: Capture) -> bool:
        """Forget a leased capture; False when somebody else has it by now."""
        held = {"_id": capture.id, "lease": capture.lease}
        done = await self._captures.delete_one(held, comment=caller.label)
        return done.deleted_count == 1
