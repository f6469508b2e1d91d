"""Failed attempts and known devices in MongoDB, which forgets both by itself."""

from datetime import datetime

from pymongo import ASCENDING, IndexModel
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import DuplicateKeyError

from attendance_backend.domains.identity.schemas import Caller
from attendance_backend.domains.limits.schemas import Guard, KnownDevice
from attendance_backend.kept import Kept
from attendance_backend.ports.store import RawDocument, Transaction

_FORGETS = [IndexModel([("expires_at", ASCENDING)], expireAfterSeconds=0)]
INDEXES = {"sign_in_guards": _FORGETS, "known_devices": _FORGETS}
_NOBODY_FINDS = "its id is a keyed digest, by which nobody can be found"
KEPT = {
    "sign_in_guards": Kept("how often signing in to an account failed", "a day after the last", apart=_NOBODY_FINDS),
    "known_devices": Kept("that a device has signed in to an account", "180 days", apart=_NOBODY_FINDS),
}


class LimitRepository:
    def __init__(self, database: AsyncDatabase[RawDocument]) -> None:
        self._guards = database["sign_in_guards"]
        self._devices = database["known_devices"]

    async def guard(self, caller: Caller, guard_id: str) -> Guard | None:
        found = await self._guards.find_one({"_id": guard_id}, comment=caller.label)
        return Guard.from_document(found) if found else None

    async def replace(self, caller: Caller, seen: Guard | None, guard: Guard) -> bool:
        """Whether the guard is kept: somebody else may have counted since it was seen."""
        if seen is None:
            try:
                await self._guards.insert_one(guard.to_document(), comment=caller.label)
            except DuplicateKeyError:
                return False
            return True
        query = {"_id": seen.id, "failures": seen.failures, "not_before": seen.not_before}
        done = await self._guards.replace_one(query, guard.to_document(), comment=caller.label)
        return done.matched_count == 1

    async def touch(self, caller: Caller, guard_id: str, at: datetime, tx: Transaction) -> None:
        """Write to a guard what nobody reads."""
        await self._guards.update_one({"_id": guard_id}, {"$set": {"told": at}}, session=tx, comment=caller.label)

    async def forget(self, caller: Caller, guard_id: str, tx: Transaction) -> None:
        await self._guards.delete_one({"_id": guard_id}, session=tx, comment=caller.label)

    async def knows(self, caller: Caller, device_id: str, now: datetime) -> bool:
        query = {"_id": device_id, "expires_at": {"$gt": now}}
        return await self._devices.find_one(query, comment=caller.label) is not None

    async def remember(self, caller: Caller, device: KnownDevice, tx: Transaction) -> None:
        await self._devices.replace_one(
            {"_id": device.id}, device.to_document(), upsert=True, session=tx, comment=caller.label
        )
