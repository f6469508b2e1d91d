"""Why somebody was marked: what a record rests on, and their own face of the photo. Never anybody else's."""

from dataclasses import dataclass

from attendance_backend.domains.attendance.errors import NoFaceEvidence, PhotoGone
from attendance_backend.domains.attendance.evidence.schemas import EvidenceView
from attendance_backend.domains.attendance.service import CaptureService
from attendance_backend.domains.identity.schemas import SYSTEM, Caller
from attendance_backend.domains.records.schemas import AttendanceRecord
from attendance_backend.domains.records.service import RecordService
from attendance_backend.ports.faces import FaceEngine

WAITING_SECONDS = 10.0


@dataclass(frozen=True)
class EvidenceFlows:
    records: RecordService
    captures: CaptureService
    engine: FaceEngine

    async def evidence(self, caller: Caller, record_id: str) -> EvidenceView:
        """What a record rests on, for the student, who has them in their care, and the office.

        Raises:
            NotFound: there is no such record of a student of theirs.
        """
        return EvidenceView.of(await self.records.of_a_student(caller, record_id))

    async def face(self, caller: Caller, record_id: str) -> bytes:
        """The JPEG of the one face that a record rests on.

        Raises:
            NotFound: no such record of a student of theirs.
            NoFaceEvidence: it was made by hand, or its evidence was erased.
            PhotoGone: the class photo was erased.
            MlUnavailable, MlAnswerInvalid: nobody can cut it out now.
        """
        return await self.face_of(await self.records.of_a_student(caller, record_id))

    async def face_of(self, record: AttendanceRecord) -> bytes:
        """As `face`, of a record that the caller may see."""
        if record.capture_id is None or record.face_index is None:
            raise NoFaceEvidence
        # The photo itself shows others, and only who teaches the subject may see it: only the box leaves this function.
        capture = await self.captures.capture(SYSTEM, record.capture_id)
        faces = capture.recognition.faces if capture.recognition else []
        own = next((face for face in faces if face.index == record.face_index), None)
        if own is None or capture.erased_at:
            raise PhotoGone
        return await self.engine.crop(await self.captures.photo(capture), own.location, WAITING_SECONDS)
