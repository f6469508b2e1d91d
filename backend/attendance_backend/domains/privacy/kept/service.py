"""Walks all collections by what they declare, so that none is forgotten. It knows none of them by name."""

from collections.abc import AsyncIterator, Collection, Sequence
from datetime import datetime, timedelta

from attendance_backend.domains.identity.schemas import Caller
from attendance_backend.domains.privacy.kept.repository import KeptRepository
from attendance_backend.domains.privacy.kept.schemas import Named, Old
from attendance_backend.kept import Registry
from attendance_backend.ports.store import RawDocument, Transaction


class KeptService:
    def __init__(self, rows: KeptRepository, registry: Registry) -> None:
        self._rows = rows
        self._registry = registry

    def about(self, caller: Caller, person: Named) -> dict[str, AsyncIterator[RawDocument]]:
        """Each collection that names people, with the rows of this one as that person may see them."""
        return {
            name: self._rows.rows_of(caller, name, kept, person)
            for name, kept in self._registry.items()
            if kept.found_by
        }

    async def old(self, caller: Caller, now: datetime, day: str | None, most: int) -> Old:
        """What goes by its own age, or with records of days before `day`; of each collection `most` at once."""
        found: dict[str, tuple[str, ...]] = {}
        for name, kept in self._registry.items():
            if kept.aged and day:
                found[name] = await self._rows.of_days_before(caller, name, kept.aged, day, most)
            if kept.days is not None:
                before = now - timedelta(days=kept.days)
                found[name] = await self._rows.made_before(caller, name, before, most)
        return {name: ids for name, ids in found.items() if ids}

    async def remove(self, caller: Caller, old: Old, tx: Transaction) -> None:
        for name, ids in old.items():
            await self._rows.remove(caller, name, ids, tx)

    async def remove_of_sessions(self, caller: Caller, session_ids: Sequence[str], tx: Transaction) -> None:
        """Remove what is kept as long as the sessions."""
        for name, kept in self._registry.items():
            if kept.session:
                await self._rows.remove_of_sessions(caller, name, kept.session, session_ids, tx)

    async def orphans(self, caller: Caller, photo_ids: Collection[str]) -> list[str]:
        """Those of the photos of which no collection tells that they are to stay."""
        left = set(photo_ids)
        for name, kept in self._registry.items():
            if kept.photos is not None and left:
                left -= await self._rows.with_photos(caller, name, kept, left)
        return sorted(left)

    async def with_photos(self, caller: Caller) -> set[str]:
        """The ids of all photos of which some collection tells that they are to stay."""
        told = set[str]()
        for name, kept in self._registry.items():
            if kept.photos is not None:
                told |= await self._rows.all_with_photos(caller, name, kept.photos)
        return told

    async def told_of(self, caller: Caller, photo_ids: Collection[str]) -> list[str]:
        """Those of the photos of which some collection tells that they are to stay."""
        return sorted({*photo_ids} - {*await self.orphans(caller, photo_ids)})
