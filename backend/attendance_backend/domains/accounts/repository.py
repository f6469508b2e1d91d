"""Links to accounts in MongoDB, which forgets them a month after they are over."""

from collections.abc import Collection
from datetime import datetime, timedelta

from pymongo import ASCENDING, IndexModel
from pymongo.asynchronous.database import AsyncDatabase

from attendance_backend.domains.accounts.schemas import AccountLink, LinkPurpose
from attendance_backend.domains.identity.schemas import Caller
from attendance_backend.kept import Kept, Whose
from attendance_backend.paging import Page, PageRequest
from attendance_backend.ports.store import RawDocument, Transaction

KEPT_AFTER = timedelta(days=30)
INDEXES = {
    "account_links": [
        IndexModel([("digest", ASCENDING)], unique=True),
        IndexModel([("purpose", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("student_id", ASCENDING)]),
        IndexModel([("email", ASCENDING)]),
        IndexModel([("user_id", ASCENDING), ("created_at", ASCENDING)]),
        IndexModel([("expires_at", ASCENDING)], expireAfterSeconds=int(KEPT_AFTER.total_seconds())),
    ]
}
KEPT = {
    "account_links": Kept(
        "invitations and links to a new password or address: address, student, digest of the secret",
        "30 days after it is over",
        found_by=(("student_id", Whose.STUDENT), ("user_id", Whose.ACCOUNT), ("email", Whose.ADDRESS)),
        shows=("_id", "purpose", "email", "role", "student_id", "mailed", "created_at", "expires_at", "used_at"),
        hides=("digest", "user_id", "basis"),
    )
}


class LinkRepository:
    def __init__(self, database: AsyncDatabase[RawDocument]) -> None:
        self._links = database["account_links"]

    async def add(self, caller: Caller, link: AccountLink, tx: Transaction) -> None:
        await self._links.insert_one(link.to_document(), session=tx, comment=caller.label)

    async def by_digest(self, caller: Caller, digest: str, tx: Transaction) -> AccountLink | None:
        found = await self._links.find_one({"digest": digest}, session=tx, comment=caller.label)
        return AccountLink.from_document(found) if found else None

    async def page(self, caller: Caller, purpose: LinkPurpose, page: PageRequest) -> Page[AccountLink]:
        return await page.read(caller, self._links, {"purpose": purpose}, AccountLink.from_document)

    async def use(self, caller: Caller, link_id: str, now: datetime, tx: Transaction) -> bool:
        """Whether the link had not been used."""
        query = {"_id": link_id, "used_at": None}
        done = await self._links.update_one(query, {"$set": {"used_at": now}}, session=tx, comment=caller.label)
        return done.matched_count == 1

    async def made_since(
        self, caller: Caller, user_id: str, purpose: LinkPurpose, since: datetime, now: datetime, tx: Transaction
    ) -> bool:
        """Whether the user was given a link for this since then (and not by a clock that was set back afterwards)."""
        query = {"user_id": user_id, "purpose": purpose, "created_at": {"$gt": since, "$lte": now}}
        return await self._links.find_one(query, session=tx, comment=caller.label) is not None

    async def remove_unused(self, caller: Caller, link_id: str, purpose: LinkPurpose, tx: Transaction) -> bool:
        query = {"_id": link_id, "purpose": purpose, "used_at": None}
        gone = await self._links.delete_one(query, session=tx, comment=caller.label)
        return gone.deleted_count == 1

    async def remove_all_unused(
        self, caller: Caller, user_id: str, purposes: Collection[LinkPurpose], tx: Transaction
    ) -> None:
        query = {"user_id": user_id, "used_at": None, "purpose": {"$in": list(purposes)}}
        await self._links.delete_many(query, session=tx, comment=caller.label)
