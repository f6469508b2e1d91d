"""What a kiosk does: see what takes place in its room, hand in a photo, see how that went. Nothing else."""

from dataclasses import dataclass, replace

from attendance_backend.domains.attendance.flows import RecognitionFlows
from attendance_backend.domains.attendance.kiosk.schemas import KioskCapture, KioskSession, KioskView
from attendance_backend.domains.attendance.schemas import Session, SessionState
from attendance_backend.domains.attendance.service import CaptureService, SessionService
from attendance_backend.domains.devices.service import DeviceService
from attendance_backend.domains.identity.schemas import Caller, SingleSession
from attendance_backend.domains.teaching.service import TeachingService
from attendance_backend.domains.timetable.schemas import RoomView
from attendance_backend.domains.timetable.service import RoomService
from attendance_backend.institution import Institution
from attendance_kit.errors import NotFound


@dataclass(frozen=True)
class KioskFlows:
    devices: DeviceService
    sessions: SessionService
    captures: CaptureService
    recognition: RecognitionFlows
    teaching: TeachingService
    rooms: RoomService
    institution: Institution

    async def reach_of(self, caller: Caller) -> Caller:
        """A device with the sessions of its room today, whatever their subject; everybody else as they are."""
        if caller.room_id is None:
            return caller
        return replace(caller, singles=frozenset(_single(one) for one in await self._today(caller, caller.room_id)))

    async def look(self, caller: Caller) -> KioskView:
        """The open sessions of the caller's room, the earliest first.

        Raises:
            NotFound: the caller is bound to no room.
            DeviceTooFast.
        """
        await self.devices.admit(caller)
        if caller.room_id is None:
            raise NotFound
        found = [one for one in await self._today(caller, caller.room_id) if one.state is SessionState.OPEN]
        subject_ids = {session.subject_id for session in found}
        subjects = await self.teaching.subjects(caller.within(subject_ids), subject_ids)
        shown = [
            KioskSession(id=one.id, subject=subjects[one.subject_id].name, period=one.period, starts_at=one.starts_at)
            for one in sorted(found, key=lambda session: session.period)
        ]
        return KioskView(room=RoomView.model_validate(await self.rooms.room(caller, caller.room_id)), sessions=shown)

    async def submit(self, caller: Caller, session_id: str, photo: bytes) -> KioskCapture:
        """Take the photo of one person for a session in the caller's room.

        Raises:
            NotFound: no such session in this room today.
            DeviceTooFast, SessionNotOpen.
            PhotoRefused: it shows no face, or several, or not well enough; nothing is kept.
        """
        await self.devices.admit(caller)
        capture, _ = await self.recognition.take_in(caller, session_id, photo, by_kiosk=True)
        return KioskCapture.of(capture)

    async def capture(self, caller: Caller, capture_id: str) -> KioskCapture:
        """How one of the caller's own photos went.

        Raises:
            NotFound: it is none of theirs, or of another day or room.
            DeviceTooFast.
        """
        await self.devices.admit(caller)
        found = await self.captures.capture(caller, capture_id)
        if found.submitted_by != caller.id:
            raise NotFound
        return KioskCapture.of(found)

    async def _today(self, caller: Caller, room_id: str) -> list[Session]:
        return await self.sessions.in_room(caller, room_id, (await self.institution.here()).today)


def _single(session: Session) -> SingleSession:
    return SingleSession(session.subject_id, session.date, session.period, session.id)
