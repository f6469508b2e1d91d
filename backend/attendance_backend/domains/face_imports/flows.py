"""From a ZIP to enrolled faces: whose a photo is and whether they consented comes first; the rest is done later."""

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import groupby
from typing import BinaryIO

import structlog

from attendance_backend.archives import open_archive
from attendance_backend.domains.audit.service import AuditService
from attendance_backend.domains.consent.service import ConsentService
from attendance_backend.domains.enrolment.schemas import Enroller, PhotoOutcome
from attendance_backend.domains.face_imports.policy import BOUNDS, REASONS, photos_of, roll_numbers_of, whose
from attendance_backend.domains.face_imports.schemas import (
    Entry,
    FaceImport,
    FaceImportView,
    ImportPhoto,
    ImportState,
    PhotoState,
)
from attendance_backend.domains.face_imports.service import LEASE, FaceImportService
from attendance_backend.domains.identity.schemas import SYSTEM, Caller, Role
from attendance_backend.domains.people.service import PeopleService
from attendance_backend.ports.faces import MlAnswerInvalid, MlUnavailable
from attendance_backend.ports.photos import PhotoGoneError, PhotosUnavailable
from attendance_backend.ports.store import Transaction, Transactions
from attendance_backend.queue_worker import renewing
from attendance_kit.errors import ServiceError

AT_ONCE = 4
"""Students whose photos one import has looked at at a time: a class that is photographed meanwhile must not wait."""
AWAY = (MlUnavailable, MlAnswerInvalid, PhotosUnavailable)
log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True)
class FaceImportFlows:
    imports: FaceImportService
    enroller: Enroller
    people: PeopleService
    consent: ConsentService
    audit: AuditService
    transactions: Transactions
    leftover: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when an import waits for the worker."""

    async def begin(self, caller: Caller, file: BinaryIO, sha256: str, *, dry_run: bool) -> FaceImportView:
        """Seal the photos of a ZIP for the worker. Of somebody who has not consented none is kept.

        Raises:
            ArchiveUnreadable: nothing was kept.
        """
        archive = await asyncio.to_thread(open_archive, file, BOUNDS)
        known = await self._named(caller, [info.filename for info in archive.infolist()])
        consenting = await self.consent.known(caller, list(known.values()))
        made = await self.imports.receive(caller, dry_run=dry_run)
        photos, seen = list[ImportPhoto](), set[str]()
        entries = photos_of(archive)
        while entry := await asyncio.to_thread(next, entries, None):
            roll_number, student_id = whose(entry.name, known)
            judged = _judged(entry, student_id, consenting=student_id in consenting, seen=seen)
            photos.append(await self.imports.keep(caller, made, judged, roll_number, student_id))
        await self._note(caller, made, {"photos": len(photos), "dry_run": dry_run, "sha256": sha256})
        begun = await self.imports.begin(caller, made, photos)
        self.leftover.set()
        return begun

    async def _named(self, caller: Caller, names: Sequence[str]) -> Mapping[str, str]:
        """The ids of those students whom the names may mean, by roll number."""
        meant = {roll for name in names for roll in roll_numbers_of(name)}
        found = await self.people.by_roll_numbers(caller, sorted(meant))
        return {roll: student.id for roll, student in found.items()}

    async def _note(self, caller: Caller, made: FaceImport, details: Mapping[str, str | int | bool]) -> None:
        async def note(tx: Transaction) -> None:
            await self.audit.note(caller, "face import begun", made.id, details, tx)

        await self.transactions.run(note)

    async def work_on_one(self) -> bool:
        """Work on the import that is longest due until it is done. False: there was none."""
        held = await self.imports.take(SYSTEM)
        if held is None:
            return False
        if held.state is ImportState.RECEIVING:
            await self.imports.cancel(SYSTEM, held.id)
            return True
        async with renewing(LEASE.total_seconds() / 3, partial(self.imports.renew, SYSTEM, held)) as working:
            sealed = await self.imports.sealed(SYSTEM, held.id)
            for photo in sealed:
                if photo.state is not PhotoState.WAITING:
                    await self.imports.clear(SYSTEM, photo)
            done = await self._work(held, [photo for photo in sealed if photo.state is PhotoState.WAITING], working)
        if done:
            await self.imports.finish(SYSTEM, held)
            log.info("face_import_done", import_id=held.id)
        elif working.is_set():
            await self.imports.put_back(SYSTEM, held)
        return True

    async def _work(self, held: FaceImport, photos: Sequence[ImportPhoto], working: asyncio.Event) -> bool:
        """Whether every photo has its outcome; else ML or the photos are away, or the import is ours no longer."""
        caller = Caller(id=held.by, role=Role(held.role))
        free = asyncio.Semaphore(AT_ONCE)

        async def one(of_student: Sequence[ImportPhoto]) -> bool:
            async with free:
                return working.is_set() and await self._student(caller, held, of_student)

        by_student = sorted(photos, key=_student_of)
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(list(some))) for _, some in groupby(by_student, key=_student_of)]
        return all(task.result() for task in tasks)

    async def _student(self, caller: Caller, held: FaceImport, photos: Sequence[ImportPhoto]) -> bool:
        """Whether the photos of one student have their outcomes."""
        if not await self.imports.renew(SYSTEM, held):
            return False
        try:
            content = [await self.imports.photo(photo) for photo in photos]
            outcomes = await self._outcomes(caller, _student_of(photos[0]), content, dry_run=held.dry_run)
        except PhotoGoneError:
            outcomes = [_refused("PHOTO_GONE", REASONS["PHOTO_GONE"][0])] * len(photos)
        except MlAnswerInvalid as fault:
            return all([await self.imports.faulted(SYSTEM, photo, fault.code) for photo in photos])
        except (MlUnavailable, PhotosUnavailable) as reason:
            log.warning("face_import_waits", import_id=held.id, reason=reason.code)
            return False
        for photo, outcome in zip(photos, outcomes, strict=True):
            await self.imports.settled(caller, photo, outcome.error_code, outcome.reasons)
        return True

    async def _outcomes(
        self, caller: Caller, student_id: str, photos: Sequence[bytes], *, dry_run: bool
    ) -> Sequence[PhotoOutcome]:
        try:
            return (await self.enroller.enrol(caller, student_id, photos, dry_run=dry_run)).photos
        except AWAY:
            raise
        except ServiceError as refusal:
            told = refusal.details.get("photos")
            if isinstance(told, list):
                return [PhotoOutcome.model_validate(outcome) for outcome in told]
            return [_refused(refusal.code, refusal.detail)] * len(photos)


def _judged(entry: Entry, student_id: str | None, *, consenting: bool, seen: set[str]) -> Entry:
    """The entry with what can be said of it before anybody looks at the picture."""
    code = entry.error_code
    if code is None and student_id is None:
        code = "UNKNOWN_STUDENT"
    if code is None and not consenting:
        code = "CONSENT_REQUIRED"
    digest = hashlib.sha256(entry.photo).hexdigest()
    if code is None and digest in seen:
        code = "DUPLICATE_PHOTO"
    seen.add(digest)
    return replace(entry, error_code=code)


def _student_of(photo: ImportPhoto) -> str:
    """Whose photo it is: of nobody's is none sealed."""
    return photo.student_id or ""


def _refused(code: str, reason: str) -> PhotoOutcome:
    return PhotoOutcome(index=0, accepted=False, error_code=code, reasons=[reason])
