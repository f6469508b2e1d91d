"""Imports of photos and what became of each in MongoDB. The collection of imports is the queue of their work."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pymongo import ASCENDING, IndexModel
from pymongo.asynchronous.database import AsyncDatabase

from attendance_backend.domains.face_imports.schemas import FaceImport, ImportPhoto, PhotoState
from attendance_backend.domains.identity.schemas import Caller
from attendance_backend.kept import Kept, Whose
from attendance_backend.paging import Page, PageRequest
from attendance_backend.ports.store import RawDocument

REPORTED_FOR = 30
"""Days that what became of an import can be looked up."""
INDEXES = {
    "face_imports": [IndexModel([("due", ASCENDING), ("_id", ASCENDING)])],
    "face_import_photos": [
        IndexModel([("import_id", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("student_id", ASCENDING)]),
    ],
}
KEPT = {
    "face_imports": Kept("imports of photos: who began them and when", "30 days", days=REPORTED_FOR),
    "face_import_photos": Kept(
        "what became of each photo of an import: its name and why it was refused; the photo, sealed, while it waits",
        "30 days; the photo until it was looked at",
        found_by=(("student_id", Whose.STUDENT),),
        shows=("_id", "import_id", "name", "student_id", "roll_number", "state", "sealed", "error_code", "reasons"),
        hides=("faults",),
        erased="the photos that wait",
        days=REPORTED_FOR,
        photos={"sealed": True},
    ),
}


class FaceImportRepository:
    def __init__(self, database: AsyncDatabase[RawDocument]) -> None:
        self._imports = database["face_imports"]
        self._photos = database["face_import_photos"]

    async def add(self, caller: Caller, made: FaceImport) -> None:
        await self._imports.insert_one(made.to_document(), comment=caller.label)

    async def add_photo(self, caller: Caller, photo: ImportPhoto) -> None:
        await self._photos.insert_one(photo.to_document(), comment=caller.label)

    async def by_id(self, caller: Caller, import_id: str) -> FaceImport | None:
        found = await self._imports.find_one({"_id": import_id}, comment=caller.label)
        return FaceImport.from_document(found) if found else None

    async def take(self, caller: Caller, now: datetime, until: datetime, lease: str) -> FaceImport | None:
        """Lease the import that is longest due. None: there is none."""
        due, by_moment = {"due": {"$lte": now}}, [("due", ASCENDING)]
        while found := await self._imports.find_one(due, {"due": 1}, sort=by_moment, comment=caller.label):
            same = {"_id": found["_id"], "due": found["due"]}
            change = {"$set": {"due": until, "lease": lease}}
            if (await self._imports.update_one(same, change, comment=caller.label)).matched_count:
                return await self.by_id(caller, found["_id"])
        return None

    async def settle(self, caller: Caller, held: FaceImport, change: Mapping[str, Any]) -> bool:
        """Change a leased import, if the lease is still the one it was taken with."""
        query = {"_id": held.id, "lease": held.lease}
        return (await self._imports.update_one(query, {"$set": dict(change)}, comment=caller.label)).matched_count == 1

    async def cancel(self, caller: Caller, import_id: str, change: Mapping[str, Any]) -> bool:
        """Change an import that is still running, whoever works on it."""
        query = {"_id": import_id, "due": {"$type": "date"}}
        return (await self._imports.update_one(query, {"$set": dict(change)}, comment=caller.label)).matched_count == 1

    async def photos(self, caller: Caller, import_id: str) -> list[ImportPhoto]:
        """All photos of an import: `MOST_ENTRIES` at most."""
        rows = self._photos.find({"import_id": import_id}, comment=caller.label).sort("_id")
        return [ImportPhoto.from_document(row) async for row in rows]

    async def sealed_of(self, caller: Caller, student_id: str) -> list[ImportPhoto]:
        query = {"student_id": student_id, "sealed": True}
        return [ImportPhoto.from_document(row) async for row in self._photos.find(query, comment=caller.label)]

    async def photo_page(
        self, caller: Caller, import_id: str, state: PhotoState | None, page: PageRequest
    ) -> Page[ImportPhoto]:
        query = {"import_id": import_id, **({"state": state} if state else {})}
        return await page.read(caller, self._photos, query, ImportPhoto.from_document)

    async def settle_photo(self, caller: Caller, photo_id: str, change: Mapping[str, Any]) -> None:
        await self._photos.update_one({"_id": photo_id}, {"$set": dict(change)}, comment=caller.label)
