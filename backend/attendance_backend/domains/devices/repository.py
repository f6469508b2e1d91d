"""Devices in MongoDB. Only the office finds them, and the program by a key's digest."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pymongo import ASCENDING, IndexModel
from pymongo.asynchronous.database import AsyncDatabase

from attendance_backend.domains.devices.schemas import Device
from attendance_backend.domains.identity.schemas import Caller
from attendance_backend.kept import SCHOOL, Kept
from attendance_backend.paging import Page, PageRequest
from attendance_backend.ports.store import RawDocument, Transaction

INDEXES = {"devices": [IndexModel([("keys.digest", ASCENDING)])]}
KEPT = {"devices": Kept("kiosks: their rooms, digests of their keys, when each last asked", SCHOOL)}


class DeviceRepository:
    def __init__(self, database: AsyncDatabase[RawDocument]) -> None:
        self._devices = database["devices"]

    async def add(self, caller: Caller, device: Device, tx: Transaction) -> None:
        await self._devices.insert_one(device.to_document(), session=tx, comment=caller.label)

    async def by_id(self, caller: Caller, device_id: str, tx: Transaction) -> Device | None:
        found = await self._devices.find_one({"_id": device_id}, session=tx, comment=caller.label)
        return Device.from_document(found) if found else None

    async def by_digest(self, caller: Caller, digest: str) -> Device | None:
        found = await self._devices.find_one({"keys.digest": digest}, comment=caller.label)
        return Device.from_document(found) if found else None

    async def change(self, caller: Caller, device_id: str, change: Mapping[str, Any], tx: Transaction) -> None:
        await self._devices.update_one({"_id": device_id}, {"$set": dict(change)}, session=tx, comment=caller.label)

    async def used(self, caller: Caller, device_id: str, at: datetime) -> None:
        await self._devices.update_one({"_id": device_id}, {"$set": {"used_at": at}}, comment=caller.label)

    async def page(self, caller: Caller, page: PageRequest) -> Page[Device]:
        return await page.read(caller, self._devices, {}, Device.from_document)
