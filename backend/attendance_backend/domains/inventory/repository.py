"""Inventories in MongoDB."""

from datetime import timedelta

from pymongo import ASCENDING, IndexModel
from pymongo.asynchronous.database import AsyncDatabase

from attendance_backend.domains.identity.schemas import Caller
from attendance_backend.domains.inventory.schemas import Inventory
from attendance_backend.kept import Kept
from attendance_backend.paging import Page, PageRequest
from attendance_backend.ports.store import RawDocument

KEPT_FOR = timedelta(days=90)
INDEXES = {"inventories": [IndexModel([("at", ASCENDING)], expireAfterSeconds=int(KEPT_FOR.total_seconds()))]}
KEPT = {
    "inventories": Kept("photos without a document, documents without their photo: ids and counts", "90 days"),
}


class InventoryRepository:
    def __init__(self, database: AsyncDatabase[RawDocument]) -> None:
        self._inventories = database["inventories"]

    async def add(self, caller: Caller, inventory: Inventory) -> None:
        await self._inventories.insert_one(inventory.to_document(), comment=caller.label)

    async def page(self, caller: Caller, page: PageRequest) -> Page[Inventory]:
        return await page.read(caller, self._inventories, {}, Inventory.from_document)
