"""Audit entries in MongoDB. They are added, never changed."""

from pymongo import ASCENDING, IndexModel
from pymongo.asynchronous.database import AsyncDatabase

from attendance_backend.domains.audit.schemas import AuditEntry
from attendance_backend.domains.identity.schemas import Caller
from attendance_backend.ports.store import RawDocument, Transaction

INDEXES = {"audit": [IndexModel([("target_id", ASCENDING), ("_id", ASCENDING)])]}


class AuditRepository:
    def __init__(self, database: AsyncDatabase[RawDocument]) -> None:
        self._entries = database["audit"]

    async def add(self, caller: Caller, entry: AuditEntry, tx: Transaction) -> None:
        await self._entries.insert_one(entry.to_document(), session=tx, comment=caller.label)
