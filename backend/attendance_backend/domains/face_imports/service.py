"""Keeps imports of photos and whose turn they are. A photo lies sealed until its outcome is known, and no longer."""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

from attendance_backend.documents import new_id
from attendance_backend.domains.face_imports.errors import ImportOver
from attendance_backend.domains.face_imports.policy import REASONS
from attendance_backend.domains.face_imports.repository import FaceImportRepository
from attendance_backend.domains.face_imports.schemas import (
    Entry,
    FaceImport,
    FaceImportView,
    ImportPhoto,
    ImportState,
    PhotoState,
)
from attendance_backend.domains.identity.schemas import Caller
from attendance_backend.paging import Page, PageRequest
from attendance_backend.ports.clock import Clock
from attendance_backend.ports.photos import PhotoStore
from attendance_kit.errors import NotFound

LEASE = timedelta(seconds=15)
RECEIVING = timedelta(minutes=10)
"""After this long an import that is still being received has lost its sender, or the program that received it."""
MAX_FAULTS = 10
"""As of a capture: the ML service is there, and something is wrong with the two."""
PAUSE = timedelta(seconds=10)
"""Until an import is tried again that found the ML service away."""


class FaceImportService:
    def __init__(self, imports: FaceImportRepository, photos: PhotoStore, clock: Clock) -> None:
        self._imports = imports
        self._photos = photos
        self._clock = clock

    async def receive(self, caller: Caller, *, dry_run: bool) -> FaceImport:
        """A new import, leased to whoever receives its photos."""
        now = self._clock.now()
        made = FaceImport(
            id=new_id(),
            dry_run=dry_run,
            state=ImportState.RECEIVING,
            by=caller.id,
            role=caller.role,
            created_at=now,
            due=now + RECEIVING,
            lease=new_id(),
        )
        await self._imports.add(caller, made)
        return made

    async def keep(
        self, caller: Caller, made: FaceImport, entry: Entry, roll_number: str | None, student_id: str | None
    ) -> ImportPhoto:
        """One file of a new import, its photo sealed if it is to be looked at. It is told of before it is sealed."""
        waits = entry.error_code is None
        photo = ImportPhoto(
            id=new_id(),
            import_id=made.id,
            name=entry.name,
            student_id=student_id,
            roll_number=roll_number,
            state=PhotoState.WAITING if waits else PhotoState.REFUSED,
            sealed=waits,
            error_code=entry.error_code,
            reasons=list(REASONS[entry.error_code]) if entry.error_code else [],
        )
        await self._imports.add_photo(caller, photo)
        if waits:
            await self._photos.put(photo.id, entry.photo)
        return photo

    async def begin(self, caller: Caller, made: FaceImport, photos: Sequence[ImportPhoto]) -> FaceImportView:
        """The import, from now on to be worked on."""
        await self._imports.settle(caller, made, {"state": ImportState.RUNNING, "due": self._clock.now()})
        return _view(made.model_copy(update={"state": ImportState.RUNNING}), photos)

    async def view(self, caller: Caller, import_id: str) -> FaceImportView:
        found = await self._found(caller, import_id)
        return _view(found, await self._imports.photos(caller, import_id))

    async def progress(self, caller: Caller, import_ids: Sequence[str]) -> dict[str, FaceImportView]:
        """How far these imports are; one that is not there is left out."""
        found = {}
        for import_id in import_ids:
            if made := await self._imports.by_id(caller, import_id):
                found[import_id] = _view(made, await self._imports.photos(caller, import_id))
        return found

    async def photo_page(
        self, caller: Caller, import_id: str, state: PhotoState | None, page: PageRequest
    ) -> Page[ImportPhoto]:
        await self._found(caller, import_id)
        return await self._imports.photo_page(caller, import_id, state, page)

    async def cancel(self, caller: Caller, import_id: str) -> FaceImportView:
        """End an import. What was enrolled stays; the photos that wait are destroyed.

        Raises:
            NotFound: there is none of this id.
            ImportOver: it has ended by itself.
        """
        await self._found(caller, import_id)
        over = {"state": ImportState.CANCELLED, "due": None, "lease": None}
        if not await self._imports.cancel(caller, import_id, over):
            raise ImportOver
        for photo in await self.sealed(caller, import_id):
            await self.clear(caller, photo)
        return await self.view(caller, import_id)

    async def take(self, caller: Caller) -> FaceImport | None:
        """Lease an import that is due. None: there is none."""
        now = self._clock.now()
        return await self._imports.take(caller, now, now + LEASE, new_id())

    async def renew(self, caller: Caller, held: FaceImport) -> bool:
        """Keep the lease longer; False when the import was cancelled or somebody else has it by now."""
        return await self._imports.settle(caller, held, {"due": self._clock.now() + LEASE})

    async def put_back(self, caller: Caller, held: FaceImport) -> None:
        """Nobody can look at the photos just now: again after a while."""
        await self._imports.settle(caller, held, {"due": self._clock.now() + PAUSE})

    async def finish(self, caller: Caller, held: FaceImport) -> None:
        await self._imports.settle(caller, held, {"state": ImportState.DONE, "due": None, "lease": None})

    async def sealed(self, caller: Caller, import_id: str) -> list[ImportPhoto]:
        """The photos that still lie there: those that wait, and those whose outcome was told as a program died."""
        return [photo for photo in await self._imports.photos(caller, import_id) if photo.sealed]

    async def photo(self, photo: ImportPhoto) -> bytes:
        """The bytes of a photo that waits. Raises PhotoGoneError: somebody has destroyed it."""
        return await self._photos.get(photo.id)

    async def settled(self, caller: Caller, photo: ImportPhoto, error_code: str | None, reasons: Sequence[str]) -> None:
        """Tell what became of a photo, then destroy it."""
        state = PhotoState.REFUSED if error_code else PhotoState.ACCEPTED
        told = {"state": state, "error_code": error_code, "reasons": list(reasons)}
        await self._imports.settle_photo(caller, photo.id, told)
        await self.clear(caller, photo)

    async def faulted(self, caller: Caller, photo: ImportPhoto, error_code: str) -> bool:
        """Whether a photo on which the ML service failed is given up; else it is tried again."""
        faults = photo.faults + 1
        if faults < MAX_FAULTS:
            await self._imports.settle_photo(caller, photo.id, {"faults": faults})
            return False
        await self.settled(caller, photo, error_code, REASONS[error_code])
        return True

    async def clear(self, caller: Caller, photo: ImportPhoto) -> None:
        """Destroy a photo that nobody is to look at any more."""
        await self._photos.destroy(photo.id)
        await self._imports.settle_photo(caller, photo.id, {"sealed": False})

    async def forget(self, caller: Caller, student_id: str) -> None:
        """Destroy every photo of a student that waits; to its import it is refused then, as gone."""
        for photo in await self._imports.sealed_of(caller, student_id):
            if photo.state is PhotoState.WAITING:
                await self.settled(caller, photo, "PHOTO_GONE", REASONS["PHOTO_GONE"])
            else:
                await self.clear(caller, photo)

    async def _found(self, caller: Caller, import_id: str) -> FaceImport:
        if found := await self._imports.by_id(caller, import_id):
            return found
        raise NotFound


def _view(made: FaceImport, photos: Sequence[ImportPhoto]) -> FaceImportView:
    states = Counter(photo.state for photo in photos)
    return FaceImportView(
        id=made.id,
        dry_run=made.dry_run,
        state=made.state,
        photos=len(photos),
        waiting=states[PhotoState.WAITING],
        accepted=states[PhotoState.ACCEPTED],
        refused=states[PhotoState.REFUSED],
        errors=dict(Counter(photo.error_code for photo in photos if photo.error_code)),
        created_at=made.created_at,
    )
