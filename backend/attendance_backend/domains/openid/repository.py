"""Identities in MongoDB: one account each, and at most one of each provider an account."""

from pymongo import ASCENDING, IndexModel
from pymongo.asynchronous.database import AsyncDatabase

from attendance_backend.domains.identity.schemas import Caller
from attendance_backend.domains.openid.schemas import LinkedIdentity
from attendance_backend.kept import SCHOOL, Kept, Whose
from attendance_backend.ports.store import RawDocument, Transaction

INDEXES = {
    "identities": [
        IndexModel([("issuer", ASCENDING), ("subject", ASCENDING)], unique=True),
        IndexModel([("user_id", ASCENDING), ("issuer", ASCENDING)], unique=True),
    ]
}
KEPT = {
    "identities": Kept(
        "by which identity of which provider somebody signs in",
        SCHOOL,
        found_by=(("user_id", Whose.ACCOUNT),),
        shows=("_id", "user_id", "issuer", "subject", "created_at"),
    )
}


class IdentityRepository:
    def __init__(self, database: AsyncDatabase[RawDocument]) -> None:
        self._identities = database["identities"]

    async def add(self, caller: Caller, identity: LinkedIdentity, tx: Transaction) -> None:
        await self._identities.insert_one(identity.to_document(), session=tx, comment=caller.label)

    async def by_subject(self, caller: Caller, issuer: str, subject: str, tx: Transaction) -> LinkedIdentity | None:
        query = {"issuer": issuer, "subject": subject}
        found = await self._identities.find_one(query, session=tx, comment=caller.label)
        return LinkedIdentity.from_document(found) if found else None

    async def of_user(self, caller: Caller, user_id: str, tx: Transaction | None = None) -> list[LinkedIdentity]:
        rows = self._identities.find({"user_id": user_id}, session=tx, comment=caller.label).sort("issuer", ASCENDING)
        return [LinkedIdentity.from_document(row) async for row in rows]

    async def remove(self, caller: Caller, user_id: str, identity_id: str, tx: Transaction) -> bool:
        """Whether the user had this one."""
        query = {"_id": identity_id, "user_id": user_id}
        gone = await self._identities.delete_one(query, session=tx, comment=caller.label)
        return gone.deleted_count == 1

    async def remove_all(self, caller: Caller, user_id: str, tx: Transaction) -> int:
        gone = await self._identities.delete_many({"user_id": user_id}, session=tx, comment=caller.label)
        return gone.deleted_count
