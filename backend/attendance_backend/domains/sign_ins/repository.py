"""Sign-ins in MongoDB, which forgets what is over by itself, though only some minutes later."""

from pymongo import ASCENDING, IndexModel
from pymongo.asynchronous.database import AsyncDatabase

from attendance_backend.domains.identity.schemas import Caller, Role
from attendance_backend.domains.sign_ins.schemas import KeptSignIn, SignInKind, Turn
from attendance_backend.kept import Kept, Whose
from attendance_backend.paging import Page, PageRequest
from attendance_backend.ports.store import RawDocument, Transaction

INDEXES = {
    "sign_ins": [
        IndexModel([("token_digest", ASCENDING)], unique=True),
        IndexModel([("user_id", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("expires_at", ASCENDING)], expireAfterSeconds=0),
    ]
}
KEPT = {
    "sign_ins": Kept(
        "where somebody is signed in: what the device calls itself, and a digest of its secret",
        "until it ends, 30 days at most without use",
        found_by=(("user_id", Whose.ACCOUNT),),
        shows=("_id", "user_id", "role", "kind", "device", "created_at", "expires_at"),
        hides=("token_digest", "turn"),
    )
}
_KNOWN = {"kind": {"$in": list(SignInKind)}}
"""Those an earlier program kept have no kind, and open nothing any more."""


class SignInRepository:
    def __init__(self, database: AsyncDatabase[RawDocument]) -> None:
        self._sign_ins = database["sign_ins"]

    async def add(self, caller: Caller, sign_in: KeptSignIn, tx: Transaction) -> None:
        await self._sign_ins.insert_one(sign_in.to_document(), session=tx, comment=caller.label)

    async def by_id(self, caller: Caller, sign_in_id: str) -> KeptSignIn | None:
        found = await self._sign_ins.find_one({"_id": sign_in_id, **_KNOWN}, comment=caller.label)
        return KeptSignIn.from_document(found) if found else None

    async def by_digest(
        self, caller: Caller, token_digest: str, kind: SignInKind, tx: Transaction | None = None
    ) -> KeptSignIn | None:
        query = {"token_digest": token_digest, "kind": kind}
        found = await self._sign_ins.find_one(query, session=tx, comment=caller.label)
        return KeptSignIn.from_document(found) if found else None

    async def turn(self, caller: Caller, sign_in_id: str, turn: Turn, tx: Transaction) -> None:
        change = {"$set": {"turn": turn.model_dump()}}
        await self._sign_ins.update_one({"_id": sign_in_id}, change, session=tx, comment=caller.label)

    async def page(self, caller: Caller, page: PageRequest) -> Page[KeptSignIn]:
        """The caller's own."""
        return await page.read(caller, self._sign_ins, {"user_id": caller.id, **_KNOWN}, KeptSignIn.from_document)

    async def set_role(self, caller: Caller, user_id: str, role: Role, tx: Transaction) -> None:
        change = {"$set": {"role": role}}
        await self._sign_ins.update_many({"user_id": user_id}, change, session=tx, comment=caller.label)

    async def remove(self, caller: Caller, user_id: str, sign_in_id: str, tx: Transaction) -> bool:
        """Whether the user had this one."""
        query = {"_id": sign_in_id, "user_id": user_id}
        gone = await self._sign_ins.delete_one(query, session=tx, comment=caller.label)
        return gone.deleted_count == 1

    async def remove_all(self, caller: Caller, user_id: str, keep: str | None, tx: Transaction) -> int:
        """End all of a user's but the one to keep; how many those were."""
        query = {"user_id": user_id, "_id": {"$ne": keep}}
        gone = await self._sign_ins.delete_many(query, session=tx, comment=caller.label)
        return gone.deleted_count
