"""The institution's settings in MongoDB: one document, found by its id."""

from pymongo import IndexModel
from pymongo.asynchronous.database import AsyncDatabase

from attendance_backend.domains.identity.schemas import Caller
from attendance_backend.domains.institution.schemas import NEVER_CHANGED, ONLY, InstitutionSettings
from attendance_backend.kept import SCHOOL, Kept
from attendance_backend.ports.store import RawDocument, Transaction
from attendance_backend.versions import VersionConflict

INDEXES: dict[str, list[IndexModel]] = {"settings": []}
KEPT = {"settings": Kept("the school's settings", SCHOOL)}


class InstitutionRepository:
    def __init__(self, database: AsyncDatabase[RawDocument]) -> None:
        self._settings = database["settings"]

    async def kept(self, caller: Caller, tx: Transaction | None = None) -> InstitutionSettings | None:
        """The settings, once somebody has changed them."""
        found = await self._settings.find_one({"_id": ONLY}, session=tx, comment=caller.label)
        return InstitutionSettings.from_document(found) if found else None

    async def replace(
        self, caller: Caller, settings: InstitutionSettings, before: InstitutionSettings, tx: Transaction
    ) -> None:
        """Keep changed settings. Who is second to change those of a new installation is run again, and then conflicts.

        Raises:
            VersionConflict: they are not those that were there before.
        """
        if before.version == NEVER_CHANGED:
            await self._settings.insert_one(settings.to_document(), session=tx, comment=caller.label)
            return
        same = {"_id": ONLY, "version": before.version}
        done = await self._settings.replace_one(same, settings.to_document(), session=tx, comment=caller.label)
        if done.matched_count == 0:
            raise VersionConflict
