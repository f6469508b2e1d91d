"""One student's data as a ZIP, written while it is sent: what is kept of them as JSON, and their face of class photos.

It tells that there are vectors and never what they are, and nothing of anybody else.
"""

import json
import zipfile
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from pydantic import BaseModel

from attendance_backend.archives import Sink
from attendance_backend.domains.attendance.evidence.flows import EvidenceFlows
from attendance_backend.domains.audit.service import AuditService
from attendance_backend.domains.enrolment.photos.service import KeptPhotoService
from attendance_backend.domains.identity.schemas import Caller
from attendance_backend.domains.identity.service import IdentityService
from attendance_backend.domains.people.service import PeopleService
from attendance_backend.domains.privacy.kept.schemas import Named
from attendance_backend.domains.privacy.kept.service import KeptService
from attendance_backend.domains.records.schemas import AttendanceRecord
from attendance_backend.domains.records.service import RecordService
from attendance_backend.kept import Whose
from attendance_backend.paging import MAX_LIMIT, Last, Page, PageRequest
from attendance_backend.ports.faces import MlAnswerInvalid, MlUnavailable
from attendance_backend.ports.photos import PhotoGoneError
from attendance_backend.ports.store import RawDocument, Transactions
from attendance_kit.errors import NotFound, ServiceError

M = TypeVar("M", bound=BaseModel)
NOT_NOW = "Some faces could not be cut out of the class photos just now; export again later.\n"


@dataclass(frozen=True)
class ExportFlows:
    people: PeopleService
    identity: IdentityService
    records: RecordService
    kept: KeptService
    audit: AuditService
    evidence: EvidenceFlows
    enrolment_photos: KeptPhotoService
    transactions: Transactions

    async def begin(self, caller: Caller, student_id: str) -> AsyncIterator[bytes]:
        """The bytes of the ZIP as they come to be; that it was asked for is in the audit log.

        Raises:
            NotFound: the student is not the caller, nor is the caller the office.
        """
        if not caller.may_see(student_id):
            raise NotFound
        await self.people.student(caller, student_id)
        await self.transactions.run(lambda tx: self.audit.note(caller, "person exported", student_id, {}, tx))
        return self._written(caller, student_id)

    async def _written(self, caller: Caller, student_id: str) -> AsyncIterator[bytes]:
        sink = Sink()
        with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as file:
            for name, rows in self.kept.about(caller, await self._named(caller, student_id)).items():
                file.writestr(f"{name}.json", _json([row async for row in rows]))
                yield sink.taken()
            for faces in (self._faces, self._enrolled_from):
                async for name, content in faces(caller, student_id):
                    file.writestr(name, content)
                    yield sink.taken()
        yield sink.taken()

    async def _named(self, caller: Caller, student_id: str) -> Named:
        """The student by what their data has for them: the id, their account, their e-mail addresses."""
        student = await self.people.student(caller, student_id)
        account = await self.identity.user(caller, student.user_id) if student.user_id else None
        addresses = {student.email, account.email if account else None} - {None}
        return Named(
            {
                Whose.STUDENT: (student_id,),
                Whose.ACCOUNT: (account.id,) if account else (),
                Whose.ADDRESS: tuple(sorted(str(address) for address in addresses)),
            }
        )

    async def _enrolled_from(self, caller: Caller, student_id: str) -> AsyncIterator[tuple[str, bytes]]:
        """The photos that the student was enrolled from, where the school keeps them."""
        for photo in await self.enrolment_photos.of_student(caller, student_id):
            try:
                content = await self.enrolment_photos.content(photo)
            except PhotoGoneError:
                continue
            yield f"enrolment-photos/{photo.id}.{photo.media_type.partition('/')[2]}", content

    async def _faces(self, caller: Caller, student_id: str) -> AsyncIterator[tuple[str, bytes]]:
        """The student's own face of each class photo that is still kept and that a record of theirs rests on."""

        async def records(page: PageRequest) -> Page[AttendanceRecord]:
            return await self.records.page_of_student(caller, student_id, {}, page)

        async for record in every(records):
            try:
                yield f"faces/{record.date}-{record.id}.jpg", await self.evidence.face_of(record)
            except (MlUnavailable, MlAnswerInvalid):
                yield "faces/incomplete.txt", NOT_NOW.encode()
                return
            except ServiceError:
                continue  # it rests on no face, or the photo is gone


async def every(ask: Callable[[PageRequest], Awaitable[Page[M]]]) -> AsyncIterator[M]:
    """Every row of a list, a page at a time."""
    page = PageRequest(MAX_LIMIT)
    while True:
        found = await ask(page)
        for row in found.items:
            yield row
        if found.next_cursor is None:
            return
        page = PageRequest(MAX_LIMIT, Last(id=str(getattr(found.items[-1], "id"))))  # noqa: B009  # every row has one


def _json(rows: Sequence[RawDocument]) -> str:
    return json.dumps(rows, indent=2, ensure_ascii=False, default=_plain)


def _plain(value: object) -> str:
    """Moments as every answer has them. Raises TypeError for bytes: nothing that is sealed is for an export."""
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} is not for an export")
