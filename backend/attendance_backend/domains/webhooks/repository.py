"""Webhooks and deliveries in MongoDB."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pymongo import ASCENDING, IndexModel
from pymongo.asynchronous.database import AsyncDatabase

from attendance_backend.bulk import MOST_WRITTEN, pieces
from attendance_backend.documents import id_at
from attendance_backend.domains.identity.schemas import Caller
from attendance_backend.domains.webhooks.schemas import MAX_WEBHOOKS, Delivery, DeliveryState, Webhook
from attendance_backend.kept import SCHOOL, Kept
from attendance_backend.paging import Page, PageRequest
from attendance_backend.ports.store import RawDocument, Transaction

INDEXES: dict[str, list[IndexModel]] = {
    "webhooks": [],
    "webhook_deliveries": [
        IndexModel([("state", ASCENDING), ("due", ASCENDING)]),
        IndexModel([("webhook_id", ASCENDING), ("_id", ASCENDING)]),
    ],
}
KEPT = {
    "webhooks": Kept("addresses of other programs of the school that are told what happens", SCHOOL),
    "webhook_deliveries": Kept(
        "what those programs were told: ids and counts, of a corrected record its student's id",
        "as long as `message_days` says (180 days)",
        apart="copies of what is in the student's records",
    ),
}


class WebhookRepository:
    def __init__(self, database: AsyncDatabase[RawDocument]) -> None:
        self._webhooks = database["webhooks"]

    async def all(self, caller: Caller, tx: Transaction | None = None) -> list[Webhook]:
        """Every one: they are few."""
        rows = self._webhooks.find({}, session=tx, comment=caller.label).sort("_id").limit(MAX_WEBHOOKS)
        return [Webhook.from_document(row) async for row in rows]

    async def by_id(self, caller: Caller, webhook_id: str, tx: Transaction | None = None) -> Webhook | None:
        found = await self._webhooks.find_one({"_id": webhook_id}, session=tx, comment=caller.label)
        return Webhook.from_document(found) if found else None

    async def add(self, caller: Caller, webhook: Webhook, tx: Transaction) -> None:
        await self._webhooks.insert_one(webhook.to_document(), session=tx, comment=caller.label)

    async def change(
        self, caller: Caller, webhook_id: str, change: Mapping[str, Any], tx: Transaction | None = None
    ) -> None:
        await self._webhooks.update_one({"_id": webhook_id}, {"$set": dict(change)}, session=tx, comment=caller.label)

    async def failed(self, caller: Caller, webhook_id: str) -> Webhook | None:
        """The webhook with one failure more."""
        await self._webhooks.update_one({"_id": webhook_id}, {"$inc": {"failures": 1}}, comment=caller.label)
        return await self.by_id(caller, webhook_id)

    async def remove(self, caller: Caller, webhook_id: str, tx: Transaction) -> None:
        await self._webhooks.delete_one({"_id": webhook_id}, session=tx, comment=caller.label)


class DeliveryRepository:
    def __init__(self, database: AsyncDatabase[RawDocument]) -> None:
        self._deliveries = database["webhook_deliveries"]

    async def add(self, caller: Caller, deliveries: Sequence[Delivery], tx: Transaction) -> None:
        for some in pieces(deliveries, MOST_WRITTEN):
            documents = [delivery.to_document() for delivery in some]
            await self._deliveries.insert_many(documents, session=tx, comment=caller.label)

    async def take(self, caller: Caller, now: datetime, until: datetime) -> Delivery | None:
        """Lease the delivery that is longest due, with one try more. None: there is none."""
        due = {"state": DeliveryState.WAITING, "due": {"$lte": now}}
        while found := await self._deliveries.find_one(due, sort=[("due", ASCENDING)], comment=caller.label):
            same = {"_id": found["_id"], "state": found["state"], "due": found["due"]}
            change = {"$set": {"due": until}, "$inc": {"attempts": 1}}
            taken = await self._deliveries.update_one(same, change, comment=caller.label)
            if taken.matched_count:
                leased = {**found, "due": until, "attempts": found["attempts"] + 1}
                return Delivery.from_document(leased)
        return None

    async def settle(self, caller: Caller, delivery: Delivery, change: Mapping[str, Any]) -> None:
        """Change a leased delivery, if the lease is still the one it was taken with."""
        held = {"_id": delivery.id, "due": delivery.due}
        await self._deliveries.update_one(held, {"$set": dict(change)}, comment=caller.label)

    async def by_id(self, caller: Caller, webhook_id: str, delivery_id: str, tx: Transaction) -> Delivery | None:
        query = {"_id": delivery_id, "webhook_id": webhook_id}
        found = await self._deliveries.find_one(query, session=tx, comment=caller.label)
        return Delivery.from_document(found) if found else None

    async def change(self, caller: Caller, delivery_id: str, change: Mapping[str, Any], tx: Transaction) -> None:
        query = {"_id": delivery_id}
        await self._deliveries.update_one(query, {"$set": dict(change)}, session=tx, comment=caller.label)

    async def page(self, caller: Caller, webhook_id: str, page: PageRequest) -> Page[Delivery]:
        return await page.read(caller, self._deliveries, {"webhook_id": webhook_id}, Delivery.from_document)

    async def remove_of(self, caller: Caller, webhook_id: str, tx: Transaction) -> None:
        await self._deliveries.delete_many({"webhook_id": webhook_id}, session=tx, comment=caller.label)

    async def forget_older(self, caller: Caller, before: datetime) -> int:
        """Delete what was kept before a moment; how many there were."""
        done = await self._deliveries.delete_many({"_id": {"$lt": id_at(before)}}, comment=caller.label)
        return done.deleted_count
