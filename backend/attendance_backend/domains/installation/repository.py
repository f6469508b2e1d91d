"""The document of the whole database in MongoDB."""

import contextlib

from pymongo import IndexModel
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import DuplicateKeyError

from attendance_backend.domains.identity.schemas import Caller
from attendance_backend.domains.installation.schemas import Installation
from attendance_backend.kept import SCHOOL, Kept
from attendance_backend.ports.store import RawDocument

COLLECTION, ONLY = "installation", "installation"
INDEXES: dict[str, list[IndexModel]] = {COLLECTION: []}
KEPT = {COLLECTION: Kept("with which schema the database was written", SCHOOL)}
MADE_AT_ONCE = frozenset([COLLECTION, "jobs", "audit_chain", "processes"])
"""Collections that any program fills when it starts on an empty database."""


class InstallationRepository:
    def __init__(self, database: AsyncDatabase[RawDocument]) -> None:
        self._database = database
        self._only = database[COLLECTION]

    async def read(self, caller: Caller) -> Installation | None:
        found = await self._only.find_one({"_id": ONLY}, comment=caller.label)
        return Installation.from_document(found) if found else None

    async def add(self, caller: Caller, version: int) -> None:
        """Say the version, unless somebody has said it meanwhile."""
        made = Installation(id=ONLY, version=version).to_document()
        with contextlib.suppress(DuplicateKeyError):
            await self._only.insert_one(made, comment=caller.label)

    async def advance(self, caller: Caller, before: int, version: int) -> None:
        """Say the next version, unless somebody has said it meanwhile."""
        change = {"$set": {"version": version}}
        await self._only.update_one({"_id": ONLY, "version": before}, change, comment=caller.label)

    async def fill(self, caller: Caller, version: int, filled_from: str) -> None:
        """Say that the database is being filled."""
        change = {"$set": {"version": version, "filled_from": filled_from}}
        await self._only.update_one({"_id": ONLY}, change, upsert=True, comment=caller.label)

    async def end_filling(self, caller: Caller) -> None:
        await self._only.update_one({"_id": ONLY}, {"$set": {"filled_from": None}}, comment=caller.label)

    async def is_empty(self, caller: Caller) -> bool:
        """Whether nothing is in the database but what any program puts there when it starts."""
        for name in sorted({*await self._database.list_collection_names()} - MADE_AT_ONCE):
            if await self._database[name].find_one({}, {"_id": 1}, comment=caller.label):
                return False
        return True
