"""Keeps sessions and captures, and moves them from state to state. It asks no other service."""

import datetime as dt
from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from attendance_backend.documents import new_id
from attendance_backend.domains.attendance import policy
from attendance_backend.domains.attendance.errors import PhotoGone, PhotoNotViewableYet
from attendance_backend.domains.attendance.repository import CaptureRepository, SessionRepository
from attendance_backend.domains.attendance.schemas import (
    Capture,
    CaptureState,
    Decision,
    Face,
    Mark,
    NewMark,
    NewSession,
    Recognition,
    Session,
    SessionLine,
    SessionState,
)
from attendance_backend.domains.audit.service import AuditService
from attendance_backend.domains.identity.schemas import Caller
from attendance_backend.domains.records.schemas import SAID, AttendanceRecord
from attendance_backend.domains.tallies.faces.schemas import Photographed
from attendance_backend.paging import Page, PageRequest
from attendance_backend.ports.clock import Clock
from attendance_backend.ports.faces import MlUnavailable
from attendance_backend.ports.photos import PhotoGoneError, PhotoStore, PhotosUnavailable
from attendance_backend.ports.store import Transaction
from attendance_contract.images import ImageFormat
from attendance_contract.models import RecognizeAnswer
from attendance_kit.correlation import current_request_id
from attendance_kit.errors import NotFound

LEASE = timedelta(seconds=10)
"""How long a capture stays with a process that has died; the living renew theirs in time."""
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=1), timedelta(seconds=30)
MAX_FAULTS = 10
"""A capture on which the ML service fails so often, while it is there, is dead: something is wrong with the two."""


class SessionService:
    def __init__(self, sessions: SessionRepository, audit: AuditService, clock: Clock) -> None:
        self._sessions = sessions
        self._audit = audit
        self._clock = clock

    def every(self, caller: Caller) -> AsyncIterator[list[SessionLine]]:
        """Every session, some at a time."""
        return self._sessions.every(caller)

    async def open(
        self, caller: Caller, new: NewSession, room_id: str | None, late_after_minutes: int, tx: Transaction
    ) -> Session:
        """A new session, open at once.

        Raises:
            SessionExists: there is one of this subject, date and period.
        """
        session = self._opened(caller, new, room_id, late_after_minutes)
        await self._sessions.add(caller, session, tx)
        await self._audit.note(caller, "session opened", session.id, {"subject": session.subject_id}, tx)
        return session

    async def open_many(
        self, caller: Caller, new: Sequence[tuple[NewSession, str | None]], late_after_minutes: int, tx: Transaction
    ) -> list[Session]:
        """New sessions, each with its room, open at once: all or none.

        Raises:
            SessionExists: there is one of the subject, date and period of one of them.
        """
        sessions = [self._opened(caller, one, room_id, late_after_minutes) for one, room_id in new]
        await self._sessions.add_many(caller, sessions, tx)
        first, last = sessions[0].id, sessions[-1].id
        await self._audit.note(caller, "sessions opened", first, {"sessions": len(sessions), "last": last}, tx)
        return sessions

    def _opened(self, caller: Caller, new: NewSession, room_id: str | None, late_after_minutes: int) -> Session:
        return Session(
            id=new_id(),
            subject_id=new.subject_id,
            date=new.date.isoformat(),
            period=new.period,
            starts_at=new.starts_at,
            state=SessionState.OPEN,
            version=1,
            marks={},
            decisions=[],
            opened_at=self._clock.now(),
            opened_by=caller.id,
            late_after_minutes=late_after_minutes,
            room_id=room_id,
        )

    async def session(self, caller: Caller, session_id: str, tx: Transaction | None = None) -> Session:
        """One session as it is now.

        Raises:
            NotFound: there is none, or the caller may not touch its subject.
        """
        found = await self._sessions.by_id(caller, session_id, tx)
        if found is None:
            raise NotFound
        return policy.at_moment(found, self._clock.now())

    async def between(
        self, caller: Caller, subject_ids: Collection[str], first: dt.date, last: dt.date
    ) -> list[Session]:
        """The sessions of these subjects from the first to the last day, without their marks and decisions."""
        found = await self._sessions.between(caller, subject_ids, first.isoformat(), last.isoformat())
        return [policy.at_moment(session, self._clock.now()) for session in found]

    async def in_room(self, caller: Caller, room_id: str, day: dt.date) -> list[Session]:
        """The sessions in a room on a day, whatever their subject, without their marks and decisions."""
        found = await self._sessions.in_room(caller, room_id, day.isoformat())
        return [policy.at_moment(session, self._clock.now()) for session in found]

    async def note_kiosk(self, caller: Caller, capture: Capture, tx: Transaction) -> None:
        """Tell that a kiosk took a photo for a session."""
        await self._audit.note(caller, "kiosk capture", capture.session_id, {"capture": capture.id}, tx)

    async def id_of(
        self, caller: Caller, subject_id: str, date: str, period: int, tx: Transaction | None = None
    ) -> str | None:
        """The id of a session, whoever may take it. None: it was not opened."""
        return await self._sessions.id_of(caller, subject_id, date, period, tx)

    async def page(self, caller: Caller, wanted: Mapping[str, str], page: PageRequest) -> Page[Session]:
        found = await self._sessions.page(caller, wanted, page)
        return found.map(lambda session: policy.at_moment(session, self._clock.now()))

    async def mark(self, caller: Caller, session: Session, given: Mapping[str, NewMark], tx: Transaction) -> Session:
        """The session with a person's word on some of its students."""
        policy.check_open(session)
        now = self._clock.now()
        marks = {
            student: Mark(
                status=new.status,
                reason=new.reason,
                minutes_late=new.minutes_late,
                left_at=new.left_at,
                by=caller.id,
                at=now,
            )
            for student, new in given.items()
        }
        return await self._change(caller, session, {"marks": {**session.marks, **marks}}, tx)

    async def decide(
        self,
        caller: Caller,
        session: Session,
        capture_id: str,
        face_index: int,
        student_id: str | None,
        tx: Transaction,
    ) -> Session:
        policy.check_open(session)
        decision = Decision(
            capture_id=capture_id, face_index=face_index, student_id=student_id, by=caller.id, at=self._clock.now()
        )
        return await self._change(caller, session, {"decisions": policy.decide(session.decisions, decision)}, tx)

    async def forget_capture(self, caller: Caller, session: Session, capture_id: str, tx: Transaction) -> Session:
        """The session without what was decided on the faces of a capture."""
        policy.check_open(session)
        decisions = [decision for decision in session.decisions if decision.capture_id != capture_id]
        changed = await self._change(caller, session, {"decisions": decisions}, tx)
        await self._audit.note(caller, "capture removed", session.id, {"capture": capture_id}, tx)
        return changed

    async def close(
        self, caller: Caller, session: Session, review: timedelta, photographed: Photographed | None, tx: Transaction
    ) -> Session:
        """The session closed; for so long its teachers may look it over, then it is locked."""
        now = self._clock.now()
        closing = {
            "state": SessionState.CLOSED,
            "closed_at": now,
            "first_closed_at": session.first_closed_at or now,
            "closed_by": caller.id,
            "locks_at": now + review,
            "photographed": photographed,
        }
        closed = await self._change(caller, session, closing, tx)
        await self._audit.note(caller, "session closed", session.id, {"version": closed.version}, tx)
        return closed

    async def reopen(
        self, caller: Caller, session: Session, records: Sequence[AttendanceRecord], tx: Transaction
    ) -> Session:
        """Open a closed session again; corrections made meanwhile become marks, or closing it again would undo them."""
        policy.check_reopenable(session)
        corrected = {record.student_id: _mark(record) for record in records if record.source in SAID}
        opening = {"state": SessionState.OPEN, "closed_at": None, "closed_by": None, "locks_at": None}
        opened = await self._change(caller, session, {**opening, "marks": {**session.marks, **corrected}}, tx)
        await self._audit.note(caller, "session reopened", session.id, {"version": opened.version}, tx)
        return opened

    async def lock(self, caller: Caller, session_id: str, tx: Transaction) -> Session:
        """The closed session locked before its time; one that is locked stays so.

        Raises:
            NotFound: there is none, or the caller may not touch its subject.
            SessionNotClosed.
        """
        session = await self.session(caller, session_id, tx)
        if session.state is SessionState.LOCKED:
            return session
        policy.check_closed(session)
        locked = await self._change(caller, session, {"state": SessionState.LOCKED, "locks_at": self._clock.now()}, tx)
        await self._audit.note(caller, "session locked", session.id, {"version": locked.version}, tx)
        return locked

    async def hold_for_correction(self, caller: Caller, session_ids: Iterable[str], tx: Transaction) -> None:
        """Let a change of these sessions' records conflict with one of the sessions themselves, if it may be made.

        Raises:
            NotFound: there is no such session, or the caller may not touch its subject.
            SessionNotClosed, SessionLocked: as `policy.check_correctable` has it.
        """
        for session_id in sorted(session_ids):
            session = await self.session(caller, session_id, tx)
            policy.check_correctable(caller, session)
            await self._sessions.replace(
                caller, session.model_copy(update={"version": session.version + 1}), session, tx
            )

    async def days(self, caller: Caller) -> set[tuple[str, str]]:
        """Each subject and day, as YYYY-MM-DD, that has a session."""
        return await self._sessions.days(caller)

    async def of_day(
        self, caller: Caller, subject_id: str, date: str, tx: Transaction
    ) -> dict[str, Photographed | None]:
        """The ids of a subject's sessions of a day, each with what its photos showed when it was closed."""
        return await self._sessions.of_day(caller, subject_id, date, tx)

    async def hold_open(self, caller: Caller, session_id: str, tx: Transaction) -> bool:
        """Whether the session is open, and still is when the transaction commits."""
        return await self._sessions.hold_open(caller, session_id, tx)

    async def _change(self, caller: Caller, session: Session, change: Mapping[str, object], tx: Transaction) -> Session:
        changed = session.model_copy(update={**change, "version": session.version + 1})
        await self._sessions.replace(caller, changed, session, tx)
        return changed


def _mark(record: AttendanceRecord) -> Mark:
    told = record.model_dump(include={"status", "source", "by", "at", "minutes_late", "left_at"})
    return Mark(reason=record.history[-1].reason, **told)


@dataclass(frozen=True)
class ShownPhoto:
    content: bytes
    media_type: str


class CaptureService:
    def __init__(self, captures: CaptureRepository, photos: PhotoStore, clock: Clock) -> None:
        self._captures = captures
        self._photos = photos
        self._clock = clock

    async def same_photo(self, caller: Caller, draft: Capture) -> Capture | None:
        """The capture that the draft's photo already is in its session."""
        return await self._captures.same_photo(caller, draft.session_id, draft.sha256)

    def draft(
        self,
        caller: Caller,
        session: Session,
        sha256: str,
        size: int,
        image_format: ImageFormat,
        *,
        by_kiosk: bool = False,
    ) -> Capture:
        """A capture of a photo of that digest and so many bytes, leased to whoever keeps it."""
        now = self._clock.now()
        return Capture(
            id=new_id(),
            session_id=session.id,
            subject_id=session.subject_id,
            sha256=sha256,
            content_type=image_format,
            size=size,
            state=CaptureState.LEASED,
            submitted_by=caller.id,
            submitted_at=now,
            request_id=current_request_id(),
            due=now + LEASE,
            lease=new_id(),
            attempts=1,
            by_kiosk=by_kiosk,
        )

    async def keep_photo(self, draft: Capture, photo: bytes) -> None:
        """Keep the photo, before its capture is: a capture without a photo could never be recognised."""
        await self._photos.put(draft.id, photo)

    async def drop_photo(self, capture_id: str) -> None:
        """Make the photo of a draft that became no capture, or of a capture that is none any more, unreadable."""
        await self._photos.destroy(capture_id)

    async def erase(self, caller: Caller, capture: Capture, tx: Transaction) -> None:
        """Forget the capture; its photo is dropped once that is certain."""
        await self._captures.erase(caller, capture, tx)

    async def add(self, caller: Caller, draft: Capture, tx: Transaction) -> bool:
        """Whether the draft became a capture: the session may have the same photo already."""
        return await self._captures.add(caller, draft, tx)

    async def take(self, caller: Caller, capture_id: str | None = None) -> Capture | None:
        """Lease a capture that is due. None: there is none, or somebody else has it."""
        now = self._clock.now()
        return await self._captures.take(caller, now, now + LEASE, new_id(), capture_id)

    async def renew(self, caller: Caller, capture: Capture) -> bool:
        """Keep the lease longer; False when somebody else has it by now."""
        return await self._captures.settle(caller, capture, {"due": self._clock.now() + LEASE})

    async def recognised(self, caller: Caller, capture: Capture, answer: RecognizeAnswer) -> Capture:
        """The capture with its recognition. What a browser shows of it is kept first, or it might never be."""
        if answer.upright_image is not None:
            try:
                await self._photos.put_upright(capture.id, answer.upright_image.jpeg)
            except PhotoGoneError:
                return await self.failed(caller, capture, PhotoGone.code)
        recognition = recognition_of(answer)
        change = {"state": CaptureState.RECOGNISED, "error_code": None, "recognition": recognition.model_dump()}
        return await self._finish(caller, capture, change)

    async def failed(self, caller: Caller, capture: Capture, error_code: str) -> Capture:
        """The photo can't be recognised, however often it is tried."""
        return await self._finish(caller, capture, {"state": CaptureState.FAILED, "error_code": error_code})

    async def faulted(self, caller: Caller, capture: Capture, error_code: str) -> Capture:
        """The ML service was there and failed: try again, but not for ever."""
        faults = capture.faults + 1
        if faults >= MAX_FAULTS:
            return await self._finish(caller, capture, {"state": CaptureState.DEAD, "error_code": error_code})
        change = {"faults": faults, "error_code": error_code}
        return await self._put_back(caller, capture, pause_after(capture.attempts), change)

    async def put_back(
        self, caller: Caller, capture: Capture, away: MlUnavailable | PhotosUnavailable, *, at_once: bool
    ) -> Capture:
        """The ML service or the photos were out of reach: the capture stays in the queue for as long as it takes."""
        was_asked = isinstance(away, PhotosUnavailable) or away.was_asked
        pause = timedelta() if at_once else pause_after(capture.attempts) if was_asked else FIRST_PAUSE
        change = {"attempts": capture.attempts - (not was_asked), "error_code": away.code}
        return await self._put_back(caller, capture, pause, change)

    async def discard(self, caller: Caller, capture: Capture) -> None:
        """Forget a leased capture of which the sender is told that it can't be used."""
        if await self._captures.remove(caller, capture):
            await self._photos.destroy(capture.id)

    async def capture(self, caller: Caller, capture_id: str, tx: Transaction | None = None) -> Capture:
        """One capture.

        Raises:
            NotFound: there is none, or the caller may not touch its subject.
        """
        if found := await self._captures.by_id(caller, capture_id, tx):
            return found
        raise NotFound

    async def of_session(self, caller: Caller, session_id: str, tx: Transaction | None = None) -> list[Capture]:
        return await self._captures.of_session(caller, session_id, tx)

    async def of_sessions(self, caller: Caller, session_ids: Collection[str]) -> Mapping[str, list[Capture]]:
        """The captures of several sessions, by session; none for one that has none."""
        return await self._captures.of_sessions(caller, session_ids)

    async def photo(self, capture: Capture) -> bytes:
        """A capture's photo as it was sent.

        Raises:
            PhotoGone: it was erased.
        """
        try:
            return await self._photos.get(capture.id)
        except PhotoGoneError as error:
            raise PhotoGone from error

    async def shown_photo(self, capture: Capture) -> ShownPhoto:
        """What a browser shows of a capture, for those who may see it.

        Raises:
            PhotoNotViewableYet: it can't show the format, and there is no upright JPEG before it is recognised.
            PhotoGone: it was erased.
        """
        if capture.erased_at:
            raise PhotoGone
        if not capture.viewable:
            raise PhotoNotViewableYet
        if capture.shown_as_sent:
            return ShownPhoto(await self.photo(capture), capture.content_type)
        try:
            return ShownPhoto(await self._photos.get_upright(capture.id), ImageFormat.JPEG)
        except PhotoGoneError as error:
            raise PhotoGone from error

    async def _put_back(
        self, caller: Caller, capture: Capture, pause: timedelta, more: Mapping[str, object]
    ) -> Capture:
        due = self._clock.now() + pause
        change = {"state": CaptureState.RECEIVED, "due": due, "lease": None, **more}
        return await self._settle(caller, capture, change)

    async def _finish(self, caller: Caller, capture: Capture, change: Mapping[str, object]) -> Capture:
        return await self._settle(caller, capture, {**change, "due": None, "lease": None})

    async def _settle(self, caller: Caller, capture: Capture, change: Mapping[str, object]) -> Capture:
        """The capture as it is now: changed, or as whoever has the lease by now has made it."""
        if await self._captures.settle(caller, capture, change):
            return Capture.model_validate({**capture.model_dump(), **change})
        return await self.capture(caller, capture.id)


def pause_after(attempts: int) -> timedelta:
    """How long to leave a capture alone after so many attempts: twice as long each time, up to a limit."""
    return min(FIRST_PAUSE * (1 << min(attempts - 1, 10)), LONGEST_PAUSE)


def recognition_of(answer: RecognizeAnswer) -> Recognition:
    """The part of an answer that is kept."""
    width, height = answer.metadata.image_dimensions
    faces = [
        Face(
            index=index,
            location=face.location,
            status=face.match.status,
            student_id=face.match.student_id,
            distance=face.match.distance,
            similarity=face.match.similarity,
            margin=face.match.margin,
            quality=face.quality,
        )
        for index, face in enumerate(answer.faces)
    ]
    return Recognition(
        width=width,
        height=height,
        faces=faces,
        thresholds=answer.thresholds,
        model=answer.metadata.model,
        calibration=answer.calibration,
    )
