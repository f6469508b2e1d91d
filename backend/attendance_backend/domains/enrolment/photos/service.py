"""Keeps enrolment photos as long as the school says so, and destroys them. It gives them to no person but their own."""

from collections.abc import Sequence
from datetime import datetime

from attendance_backend.bulk import MOST_ASKED
from attendance_backend.documents import new_id
from attendance_backend.domains.audit.service import AuditService
from attendance_backend.domains.enrolment.photos.repository import KeptPhotoRepository
from attendance_backend.domains.enrolment.photos.schemas import KeptPhoto
from attendance_backend.domains.identity.schemas import SYSTEM, Caller
from attendance_backend.domains.institution.service import InstitutionService
from attendance_backend.ports.clock import Clock
from attendance_backend.ports.keys import student_key
from attendance_backend.ports.photos import PhotoStore
from attendance_backend.ports.store import Transaction, Transactions
from attendance_backend.uploads import check_image


class KeptPhotoService:
    def __init__(
        self,
        kept: KeptPhotoRepository,
        store: PhotoStore,
        institution: InstitutionService,
        audit: AuditService,
        transactions: Transactions,
        clock: Clock,
    ) -> None:
        self._kept = kept
        self._store = store
        self._institution = institution
        self._audit = audit
        self._transactions = transactions
        self._clock = clock

    async def seal(self, caller: Caller, student_id: str, photos: dict[str, bytes]) -> list[KeptPhoto]:
        """Photos by their digest, sealed, to be told of by `add` or dropped. None, where the school keeps none."""
        if not (await self._institution.settings(caller)).keep_enrolment_photos:
            return []
        sealed = [self._told(caller, student_id, sha256, content) for sha256, content in photos.items()]
        for photo in sealed:
            await self._store.put(photo.id, photos[photo.sha256], student_key(student_id))
        return sealed

    async def add(self, caller: Caller, sealed: Sequence[KeptPhoto], tx: Transaction) -> None:
        if sealed:
            await self._kept.add(caller, sealed, tx)

    async def drop(self, sealed: Sequence[KeptPhoto]) -> None:
        """Destroy photos that nothing will tell of."""
        for photo in sealed:
            await self._store.destroy(photo.id)

    async def of_student(self, caller: Caller, student_id: str) -> list[KeptPhoto]:
        return await self._kept.of_student(caller, student_id)

    async def content(self, photo: KeptPhoto) -> bytes:
        """The bytes of a photo. Raises PhotoGoneError: they were destroyed meanwhile."""
        return await self._store.get(photo.id)

    async def release(self, caller: Caller, student_id: str, tx: Transaction, until: datetime | None = None) -> None:
        """Tell of a student's photos, of those kept before `until`, that they are to be destroyed.

        `clear` does it once that is certain.
        """
        await self._kept.release(caller, student_id, until, tx)

    async def clear(self, caller: Caller, student_id: str | None = None) -> None:
        """Destroy what is to be destroyed, of one student or of anybody. May be cut short and done again."""
        while photo_ids := await self._kept.leaving(caller, student_id, MOST_ASKED):
            for photo_id in photo_ids:
                await self._store.destroy(photo_id)
                await self._kept.remove(caller, photo_id)

    async def tidy(self) -> None:
        """Destroy what was left behind, and everything where the school keeps such photos no more."""
        if not (await self._institution.settings(SYSTEM)).keep_enrolment_photos:
            while photo_ids := await self._kept.some(SYSTEM, MOST_ASKED):
                await self._release(photo_ids)
        await self.clear(SYSTEM)

    async def _release(self, photo_ids: Sequence[str]) -> None:
        async def release(tx: Transaction) -> None:
            await self._kept.release_all(SYSTEM, photo_ids, tx)
            told = {"photos": len(photo_ids)}
            await self._audit.note(SYSTEM, "enrolment photos destroyed", new_id(), told, tx)

        await self._transactions.run(release)

    def _told(self, caller: Caller, student_id: str, sha256: str, content: bytes) -> KeptPhoto:
        kind = check_image(content)
        return KeptPhoto(
            id=new_id(), student_id=student_id, sha256=sha256, media_type=kind, at=self._clock.now(), by=caller.id
        )
