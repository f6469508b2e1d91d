"""Holds photos, their keys and the documents that tell of them against each other. It removes only what is left over.

A photo is kept before a document tells of it, and its key is made before that: what is younger than a day is no orphan.
"""

from datetime import timedelta

import structlog

from attendance_backend.documents import new_id
from attendance_backend.domains.identity.schemas import Caller
from attendance_backend.domains.inventory.repository import InventoryRepository
from attendance_backend.domains.inventory.schemas import MOST_NAMED, Inventory, Opened
from attendance_backend.domains.privacy.kept.service import KeptService
from attendance_backend.paging import Page, PageRequest
from attendance_backend.ports.clock import Clock
from attendance_backend.ports.photos import PhotoGoneError, PhotoStore

GRACE = timedelta(days=1)
log = structlog.stdlib.get_logger(__name__)


class InventoryService:
    def __init__(
        self,
        inventories: InventoryRepository,
        kept: KeptService,
        photos: PhotoStore,
        clock: Clock,
    ) -> None:
        self._inventories = inventories
        self._kept = kept
        self._photos = photos
        self._clock = clock

    async def take(self, caller: Caller, *, remove: bool) -> Inventory:
        """Look at everything, remove what is left over if that is asked, and keep what was found."""
        now = self._clock.now()
        told = await self._kept.with_photos(caller)
        lying = await self._photos.lying()
        old = await self._photos.lying_since(now - GRACE)
        # What tells of a photo may have been erased with it since it was asked.
        missing = await self._kept.told_of(caller, told - lying)
        left_over = await self._kept.orphans(caller, old)
        orphans = [photo_id for photo_id in left_over if photo_id in lying]
        keys = [photo_id for photo_id in left_over if photo_id not in lying]
        found = Inventory(
            id=new_id(),
            at=now,
            removed=remove,
            photos=len(lying),
            orphans=len(orphans),
            missing=len(missing),
            keys=len(keys),
            orphan_ids=orphans[:MOST_NAMED],
            missing_ids=missing[:MOST_NAMED],
            key_ids=keys[:MOST_NAMED],
        )
        if remove:
            for photo_id in left_over:
                await self._photos.destroy(photo_id)
                log.warning("left_over_photo_removed", photo=photo_id)
        await self._inventories.add(caller, found)
        return found

    async def page(self, caller: Caller, page: PageRequest) -> Page[Inventory]:
        return await self._inventories.page(caller, page)

    async def open_all(self, caller: Caller) -> Opened:
        """Read every photo that something tells of."""
        told = sorted(await self._kept.with_photos(caller))
        return Opened(len(told), sum([await self._can_open(photo_id) for photo_id in told]))

    async def _can_open(self, photo_id: str) -> bool:
        try:
            await self._photos.get(photo_id)
        except PhotoGoneError:
            return False
        return True
