"""Codes, check-ins and wrong tries in MongoDB. A caller finds those of their subjects, and no trace of others."""

from collections import defaultdict
from collections.abc import Collection
from datetime import timedelta

from pymongo import ASCENDING, IndexModel
from pymongo.asynchronous.database import AsyncDatabase

from attendance_backend.domains.codes.schemas import CheckIn, SessionCode, Tries
from attendance_backend.domains.identity.schemas import Caller
from attendance_backend.kept import WITH_RECORDS, Kept, Whose
from attendance_backend.paging import Page, PageRequest
from attendance_backend.ports.store import RawDocument, Transaction
from attendance_backend.reach import of_session

TRIES_KEPT_FOR = timedelta(days=7)
INDEXES: dict[str, list[IndexModel]] = {
    "codes": [],
    "code_tries": [IndexModel([("at", ASCENDING)], expireAfterSeconds=int(TRIES_KEPT_FOR.total_seconds()))],
    "check_ins": [
        IndexModel([("session_id", ASCENDING), ("student_id", ASCENDING)], unique=True),
        IndexModel([("session_id", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("student_id", ASCENDING)]),
    ],
}
KEPT = {
    "codes": Kept("how a session's codes are made", "until it is closed, or with its records", session="_id"),
    "code_tries": Kept(
        "how often a student was wrong about a session's code",
        "seven days",
        apart="a count that is forgotten within days; refusals are in the audit log",
    ),
    "check_ins": Kept(
        "who entered a session's code, when, and a digest of what their browser keeps",
        WITH_RECORDS,
        found_by=(("student_id", Whose.STUDENT),),
        shows=("_id", "session_id", "subject_id", "student_id", "at", "by", "face_by"),
        hides=("device",),
        session="session_id",
    ),
}


class CodeRepository:
    def __init__(self, database: AsyncDatabase[RawDocument]) -> None:
        self._codes = database["codes"]
        self._tries = database["code_tries"]

    async def by_session(self, caller: Caller, session_id: str, tx: Transaction | None = None) -> SessionCode | None:
        query = {"_id": session_id, **of_session(caller, session_id)}
        found = await self._codes.find_one(query, session=tx, comment=caller.label)
        return SessionCode.from_document(found) if found else None

    async def of_sessions(self, caller: Caller, session_ids: Collection[str]) -> list[SessionCode]:
        rows = self._codes.find({"_id": {"$in": list(session_ids)}}, comment=caller.label)
        found = [SessionCode.from_document(row) async for row in rows]
        return [code for code in found if caller.may_take(code.id, code.subject_id)]

    async def put(self, caller: Caller, code: SessionCode, tx: Transaction) -> None:
        same = {"_id": code.id}
        await self._codes.replace_one(same, code.to_document(), upsert=True, session=tx, comment=caller.label)

    async def remove(self, caller: Caller, session_id: str, tx: Transaction) -> None:
        query = {"_id": session_id, **of_session(caller, session_id)}
        await self._codes.delete_one(query, session=tx, comment=caller.label)

    async def wrong(self, caller: Caller, tries_id: str, tx: Transaction) -> int:
        """How often this was tried in vain."""
        found = await self._tries.find_one({"_id": tries_id}, session=tx, comment=caller.label)
        return int(found["wrong"]) if found else 0

    async def put_wrong(self, caller: Caller, tries: Tries, tx: Transaction) -> None:
        same = {"_id": tries.id}
        await self._tries.replace_one(same, tries.to_document(), upsert=True, session=tx, comment=caller.label)


class CheckInRepository:
    def __init__(self, database: AsyncDatabase[RawDocument]) -> None:
        self._check_ins = database["check_ins"]

    async def add(self, caller: Caller, made: CheckIn, tx: Transaction) -> None:
        await self._check_ins.insert_one(made.to_document(), session=tx, comment=caller.label)

    async def replace(self, caller: Caller, made: CheckIn, tx: Transaction) -> None:
        await self._check_ins.replace_one({"_id": made.id}, made.to_document(), session=tx, comment=caller.label)

    async def of_student(self, caller: Caller, session_id: str, student_id: str, tx: Transaction) -> CheckIn | None:
        query = {"session_id": session_id, "student_id": student_id}
        found = await self._check_ins.find_one(query, session=tx, comment=caller.label)
        return CheckIn.from_document(found) if found else None

    async def by_id(self, caller: Caller, check_in_id: str, tx: Transaction | None = None) -> CheckIn | None:
        """A student's own check-in."""
        query = {"_id": check_in_id, "student_id": {"$in": sorted(caller.student_ids or ())}}
        found = await self._check_ins.find_one(query, session=tx, comment=caller.label)
        return CheckIn.from_document(found) if found else None

    async def of_sessions(
        self, caller: Caller, session_ids: Collection[str], tx: Transaction | None = None
    ) -> dict[str, list[CheckIn]]:
        query = {"session_id": {"$in": list(session_ids)}}
        found = defaultdict(list)
        async for row in self._check_ins.find(query, session=tx, comment=caller.label):
            if caller.may_take(row["session_id"], row["subject_id"]):
                found[row["session_id"]].append(CheckIn.from_document(row))
        return found

    async def page(self, caller: Caller, session_id: str, page: PageRequest) -> Page[CheckIn]:
        query = {"session_id": session_id, **of_session(caller, session_id)}
        return await page.read(caller, self._check_ins, query, CheckIn.from_document)
