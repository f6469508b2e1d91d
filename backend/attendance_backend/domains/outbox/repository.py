"""Waiting mail in MongoDB. What is sent is deleted."""

from collections.abc import Sequence
from datetime import datetime

from pymongo import ASCENDING, IndexModel
from pymongo.asynchronous.database import AsyncDatabase

from attendance_backend.bulk import MOST_WRITTEN, pieces
from attendance_backend.domains.identity.schemas import Caller
from attendance_backend.domains.outbox.schemas import WaitingMail
from attendance_backend.kept import Kept, Whose
from attendance_backend.ports.store import RawDocument, Transaction

INDEXES = {
    "outbox": [
        IndexModel([("due", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("mail.to", ASCENDING)]),
        IndexModel([("expires_at", ASCENDING)], expireAfterSeconds=0),
    ]
}
KEPT = {
    "outbox": Kept(
        "mail that waits to be sent: address, subject, text without its secret link",
        "until it is sent, two days at most",
        found_by=(("mail.to", Whose.ADDRESS),),
        shows=("_id", "mail.to", "mail.subject", "mail.text", "due", "expires_at"),
        hides=("mail.link", "mail.one_click", "mail.about", "attempts"),
    )
}


class OutboxRepository:
    def __init__(self, database: AsyncDatabase[RawDocument]) -> None:
        self._mails = database["outbox"]

    async def add(self, caller: Caller, mail: WaitingMail, tx: Transaction) -> None:
        await self._mails.insert_one(mail.to_document(), session=tx, comment=caller.label)

    async def add_many(self, caller: Caller, mails: Sequence[WaitingMail], tx: Transaction) -> None:
        for some in pieces(mails, MOST_WRITTEN):
            documents = [mail.to_document() for mail in some]
            await self._mails.insert_many(documents, session=tx, comment=caller.label)

    async def first_due(self, caller: Caller, now: datetime) -> WaitingMail | None:
        rows = self._mails.find({"due": {"$lte": now}}, comment=caller.label).sort([("due", 1), ("_id", 1)]).limit(1)
        return next((WaitingMail.from_document(row) for row in await rows.to_list()), None)

    async def take(self, caller: Caller, seen: WaitingMail, due: datetime) -> bool:
        """Whether nobody else took it first; it is due again at `due`."""
        query = {"_id": seen.id, "due": seen.due}
        change = {"$set": {"due": due}, "$inc": {"attempts": 1}}
        done = await self._mails.update_one(query, change, comment=caller.label)
        return done.matched_count == 1

    async def put_off(self, caller: Caller, mail_id: str, due: datetime) -> None:
        await self._mails.update_one({"_id": mail_id}, {"$set": {"due": due}}, comment=caller.label)

    async def remove(self, caller: Caller, mail_id: str) -> None:
        await self._mails.delete_one({"_id": mail_id}, comment=caller.label)
