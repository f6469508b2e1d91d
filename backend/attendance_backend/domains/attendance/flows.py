"""Taking attendance as a story: open, photograph, recognise, review, mark, close, reopen."""

import asyncio
import contextlib
import datetime as dt
import hashlib
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Iterable, Sequence
from dataclasses import dataclass

import structlog

from attendance_backend.domains.attendance import policy
from attendance_backend.domains.attendance.errors import CaptureNotRecognised, PhotoGone, StudentNotOnRoster
from attendance_backend.domains.attendance.kiosk.policy import of_one_person
from attendance_backend.domains.attendance.registers.flows import RegisterFlows
from attendance_backend.domains.attendance.schemas import (
    Capture,
    CaptureState,
    CaptureView,
    Closed,
    NewDecision,
    NewMark,
    NewSession,
    NewSessions,
    OpenedSessions,
    RegisterRow,
    RollCall,
    RolledCall,
    Session,
    SessionState,
    SessionView,
)
from attendance_backend.domains.attendance.service import CaptureService, SessionService
from attendance_backend.domains.enrolment.galleries.service import GalleryService
from attendance_backend.domains.enrolment.service import EnrolmentService, digest
from attendance_backend.domains.identity.schemas import SYSTEM, Caller
from attendance_backend.domains.institution.service import InstitutionService
from attendance_backend.domains.lookalikes.service import LookalikesService
from attendance_backend.domains.records.schemas import Attendance, Entry
from attendance_backend.domains.records.service import RecordService
from attendance_backend.domains.teaching.service import TeachingService
from attendance_backend.domains.timetable.service import RoomService, TimetableService
from attendance_backend.domains.webhooks.schemas import EventType
from attendance_backend.domains.webhooks.service import WebhookService
from attendance_backend.ports.faces import (
    FaceEngine,
    Gallery,
    GalleryUnknownError,
    MlUnavailable,
    PhotoRefused,
)
from attendance_backend.ports.photos import PhotosUnavailable
from attendance_backend.ports.store import Transaction, Transactions
from attendance_backend.uploads import check_image
from attendance_backend.versions import check_version
from attendance_contract.models import RecognizeAnswer
from attendance_kit.errors import NotFound, ServiceError

log = structlog.stdlib.get_logger(__name__)

WAITING_SECONDS = 5.0
"""A person waits this long for a photo to be recognised; then it will follow."""
ASKING_SECONDS = 4.5
"""The part of it that the ML service has; what remains is for keeping the photo and answering."""
RENEWAL_SECONDS = 3.0
LOOK_AGAIN_SECONDS = 0.1


@dataclass(frozen=True)
class AttendanceFlows:
    sessions: SessionService
    captures: CaptureService
    records: RecordService
    teaching: TeachingService
    registers: RegisterFlows
    rules: InstitutionService
    timetables: TimetableService
    rooms: RoomService
    webhooks: WebhookService

    async def open(self, caller: Caller, new: NewSession, tx: Transaction) -> SessionView:
        """Open a session: at the time and in the room that are named, else those that the timetable has for it.

        Raises:
            NotFound: no such subject for this caller.
            SessionExists: there is one of this subject, date and period.
            UnknownRoom: the room that is named is none.
        """
        inside = _opening(caller, [new])
        await self.teaching.subject(inside, new.subject_id, tx)
        rules = await self.rules.settings(caller)
        ((planned, room_id),) = await self._as_planned(inside, [new], tx)
        opened = await self.sessions.open(caller, planned, room_id, rules.late_after_minutes, tx)
        return SessionView.model_validate(opened)

    async def open_many(self, caller: Caller, new: NewSessions, tx: Transaction) -> OpenedSessions:
        """As `open`, for many sessions at once: all or none."""
        inside, asked = _opening(caller, new.sessions), {one.subject_id for one in new.sessions}
        if asked - (await self.teaching.subjects(inside, asked, tx)).keys():
            raise NotFound
        rules = await self.rules.settings(caller)
        planned = await self._as_planned(inside, new.sessions, tx)
        opened = await self.sessions.open_many(caller, planned, rules.late_after_minutes, tx)
        return OpenedSessions(sessions=[SessionView.model_validate(session) for session in opened])

    async def _as_planned(
        self, caller: Caller, new: Sequence[NewSession], tx: Transaction
    ) -> list[tuple[NewSession, str | None]]:
        """The sessions, each with its time and room where the timetable has the lesson."""
        await self.rooms.check(caller, [one.room_id for one in new], tx)
        lessons = await self.timetables.lessons_on(caller, [(one.subject_id, one.date) for one in new], tx)
        planned = []
        for one in new:
            lesson = lessons.get((one.subject_id, one.date, one.period))
            starts_at = one.starts_at or (lesson.starts_at if lesson else None)
            room_id = one.room_id or (lesson.room_id if lesson else None)
            planned.append((one.model_copy(update={"starts_at": starts_at}), room_id))
        return planned

    async def capture(self, caller: Caller, capture_id: str) -> CaptureView:
        capture = await self.captures.capture(caller, capture_id)
        session = await self.sessions.session(caller, capture.session_id)
        return CaptureView.of(capture, session.decisions)

    async def decide(
        self,
        caller: Caller,
        capture_id: str,
        face_index: int,
        given: NewDecision,
        expected: int | None,
        tx: Transaction,
    ) -> CaptureView:
        """Take the teacher's word on a face.

        Raises:
            NotFound: no such capture for this caller, or no such face.
            CaptureNotRecognised, SessionNotOpen, StudentNotOnRoster, VersionConflict.
        """
        capture = await self.captures.capture(caller, capture_id, tx)
        session = await self.sessions.session(caller, capture.session_id, tx)
        check_version(session.version, expected)
        if capture.recognition is None:
            raise CaptureNotRecognised
        if face_index not in {face.index for face in capture.recognition.faces}:
            raise NotFound
        if given.student_id is not None:
            await self._check_roster(caller, session, [given.student_id], tx)
        decided = await self.sessions.decide(caller, session, capture_id, face_index, given.student_id, tx)
        return CaptureView.of(capture, decided.decisions)

    async def remove_capture(self, caller: Caller, capture_id: str, tx: Transaction) -> None:
        """Take a photo out of its session, with what was decided on it: the wrong class, or one somebody minds.

        Raises:
            NotFound: no such capture for this caller.
            SessionNotOpen.
        """
        capture = await self.captures.capture(caller, capture_id, tx)
        session = await self.sessions.session(caller, capture.session_id, tx)
        await self.sessions.forget_capture(caller, session, capture_id, tx)
        await self.captures.erase(caller, capture, tx)

    async def mark(
        self, caller: Caller, session_id: str, student_id: str, given: NewMark, expected: int | None, tx: Transaction
    ) -> RegisterRow:
        """Take the teacher's word on a student.

        Raises:
            NotFound: no such session for this caller.
            SessionNotOpen, StudentNotOnRoster, VersionConflict.
        """
        session = await self.sessions.session(caller, session_id, tx)
        check_version(session.version, expected)
        await self._check_roster(caller, session, [student_id], tx)
        await self.sessions.mark(caller, session, {student_id: given}, tx)
        register = await self.registers.register(caller, session_id, tx)
        return next(row for row in register.students if row.student_id == student_id)

    async def call_roll(
        self, caller: Caller, session_id: str, given: RollCall, expected: int | None, tx: Transaction
    ) -> RolledCall:
        """Take the teacher's word on many students at once, and close the session with it if asked to.

        Raises:
            NotFound: no such session for this caller.
            SessionNotOpen, StudentNotOnRoster, VersionConflict: nobody is marked then.
        """
        session = await self.sessions.session(caller, session_id, tx)
        check_version(session.version, expected)
        marks = {mark.student_id: mark for mark in given.marks}
        await self._check_roster(caller, session, marks, tx)
        session = await self.sessions.mark(caller, session, marks, tx)
        if not given.close:
            return RolledCall(session=SessionView.model_validate(session), marked=len(marks), records=None)
        closed = await self.close(caller, session_id, None, tx)
        return RolledCall(session=closed.session, marked=len(marks), records=closed.records)

    async def close(self, caller: Caller, session_id: str, expected: int | None, tx: Transaction) -> Closed:
        """Write all records. Closing a closed session changes nothing and answers the same.

        Raises:
            NotFound: no such session for this caller.
            VersionConflict: the session was changed since the caller looked at it.
        """
        evidence, _ = await self.registers.evidence(caller, session_id, tx)
        session, count = evidence.session, len(evidence.records)
        if session.state is SessionState.OPEN:
            check_version(session.version, expected)
            review = dt.timedelta(hours=(await self.rules.settings(caller)).review_hours)
            seen = await self.registers.unaided(caller, evidence)
            photographed = policy.photographed(evidence.captures, session.decisions)
            session = await self.sessions.close(caller, session, review, photographed, tx)
            entries = [policy.entry(row, seen.get(row.student_id)) for row in evidence.rows]
            count = await self.records.write(caller, session, entries, tx)
            await self.webhooks.tell(caller, EventType.SESSION_CLOSED, [_told(session, entries, count)], tx)
        pending = sum(capture.pending for capture in evidence.captures)
        return Closed(session=SessionView.model_validate(session), records=count, pending_captures=pending)

    async def reopen(self, caller: Caller, session_id: str, tx: Transaction) -> SessionView:
        """Open a closed session again, within the time for it.

        Raises:
            NotFound: no such session for this caller.
            SessionLocked: it is too late.
        """
        session = await self.sessions.session(caller, session_id, tx)
        if session.state is not SessionState.OPEN:
            records = await self.records.of_session(caller, session_id, tx)
            session = await self.sessions.reopen(caller, session, records, tx)
        return SessionView.model_validate(session)

    async def _check_roster(
        self, caller: Caller, session: Session, student_ids: Iterable[str], tx: Transaction
    ) -> None:
        inside = caller.within([session.subject_id])
        roster = frozenset(await self.teaching.roster(inside, session.subject_id, session.day, tx))
        if missing := sorted(frozenset(student_ids) - roster):
            raise StudentNotOnRoster(reasons=missing)


def _told(session: Session, entries: Iterable[Entry], records: int) -> dict[str, object]:
    """What other programs are told of a session that was closed: numbers of students, no names."""
    about = session.model_dump(mode="json", include={"subject_id", "date", "period", "closed_at", "version"})
    counts = Counter(entry.status for entry in entries)
    return {
        "session_id": session.id,
        **about,
        "records": records,
        "counts": {status: counts[status] for status in Attendance},
    }


def _opening(caller: Caller, new: Sequence[NewSession]) -> Caller:
    """The caller within sessions that they may open.

    Raises:
        NotFound: one of them is not theirs.
    """
    if not all(caller.may_open(one.subject_id, one.date.isoformat(), one.period) for one in new):
        raise NotFound
    return caller.within(one.subject_id for one in new)


class RecognitionFlows:
    """From a photo to who is on it: while its sender waits, or later by the worker. Nothing that was kept is lost."""

    def __init__(
        self,
        sessions: SessionService,
        captures: CaptureService,
        teaching: TeachingService,
        enrolment: EnrolmentService,
        galleries: GalleryService,
        lookalikes: LookalikesService,
        engine: FaceEngine,
        transactions: Transactions,
    ) -> None:
        self._sessions = sessions
        self._captures = captures
        self._teaching = teaching
        self._enrolment = enrolment
        self._galleries = galleries
        self._lookalikes = lookalikes
        self._engine = engine
        self._transactions = transactions
        self.leftover = asyncio.Event()
        """Set when a capture waits for the worker."""

    async def submit(self, caller: Caller, session_id: str, photo: bytes) -> CaptureView:
        """Keep a photo, then try to recognise it while its sender waits. The same photo again is the same capture.

        Raises:
            NotFound: no such session for this caller.
            SessionNotOpen, ImageTooLarge, InvalidFormat: before anything is kept.
            PhotoRefused: by the ML service; nothing is kept.
        """
        capture, session = await self.take_in(caller, session_id, photo)
        return CaptureView.of(capture, session.decisions)

    async def take_in(
        self, caller: Caller, session_id: str, photo: bytes, *, by_kiosk: bool = False
    ) -> tuple[Capture, Session]:
        """As `submit`; a kiosk's photo is of the one person before it, who is named only if they are live."""
        capture = None
        while capture is None:
            sha256, session = await asyncio.gather(
                asyncio.to_thread(digest, photo), self._sessions.session(caller, session_id)
            )
            kind, size = check_image(photo), len(photo)
            draft = self._captures.draft(caller, session, sha256, size, kind, by_kiosk=by_kiosk)
            same, roster = await asyncio.gather(self._same_photo(caller, draft), self._roster(draft, session.day))
            if same is None:
                # Not before: whose photo was kept and who was not told so asks again, the session closed or not.
                policy.check_open(session)
            capture = same or await self._receive(caller, draft, photo, roster)
        return capture, session

    async def _same_photo(self, caller: Caller, draft: Capture) -> Capture | None:
        """The capture that these bytes already are, as whoever looks at them just now leaves it.

        Its sender may be told that the photo can't be used, and then there is no capture.
        """
        loop = asyncio.get_running_loop()
        end = loop.time() + WAITING_SECONDS
        while found := await self._captures.same_photo(caller, draft):
            if found.state is not CaptureState.LEASED or loop.time() >= end:
                break
            await asyncio.sleep(LOOK_AGAIN_SECONDS)
        return found

    async def _receive(self, caller: Caller, draft: Capture, photo: bytes, roster: Sequence[str]) -> Capture | None:
        """Keep the photo while the ML service already looks at it; nothing is answered before it is kept.

        None: it was not kept, since meanwhile the session was closed or the same photo came in.
        """
        asking = self._ask(draft, photo, roster, _now() + ASKING_SECONDS)
        attempt = asyncio.create_task(self._attempt(asking, WAITING_SECONDS))
        try:
            if not await self._keep(caller, draft, photo):
                return None
            outcome = await attempt
        finally:
            attempt.cancel()
        if isinstance(outcome, PhotoRefused):
            await self._captures.discard(caller, draft)
            raise outcome
        return await self._settle(caller, draft, outcome, at_once=True)

    async def _keep(self, caller: Caller, draft: Capture, photo: bytes) -> bool:
        async def add(tx: Transaction) -> bool:
            held = await self._sessions.hold_open(caller, draft.session_id, tx)
            added = held and await self._captures.add(caller, draft, tx)
            if added and draft.by_kiosk:
                await self._sessions.note_kiosk(caller, draft, tx)
            return added

        await self._captures.keep_photo(draft, photo)
        kept = await self._transactions.run(add)
        if not kept:
            await self._captures.drop_photo(draft.id)
        return kept

    async def recognise_next(self) -> bool:
        """Recognise the capture that is longest due. False: there was none, or nobody to recognise it just now."""
        if not self._engine.admits():
            return False
        capture = await self._captures.take(SYSTEM)
        if capture is None:
            return False
        with structlog.contextvars.bound_contextvars(request_id=capture.request_id):
            async with self._renewing(capture):
                outcome = await self._attempt(self._ask_of_kept(capture), None)
            await self._conclude(capture, outcome)
        return True

    async def _conclude(self, capture: Capture, outcome: RecognizeAnswer | ServiceError) -> None:
        try:
            capture = await self._settle(SYSTEM, capture, outcome, at_once=False)
        except NotFound:
            # Its teacher took it back while it was looked at: nothing of it stays.
            await self._captures.drop_photo(capture.id)
            log.info("capture_was_removed", capture_id=capture.id)
            return
        log.info("capture_worked_on", capture_id=capture.id, state=capture.state, attempts=capture.attempts)

    async def _settle(
        self, caller: Caller, capture: Capture, outcome: RecognizeAnswer | ServiceError, *, at_once: bool
    ) -> Capture:
        """The leased capture with what came of an attempt: recognised, failed, or back in the queue."""
        if isinstance(outcome, RecognizeAnswer):
            try:
                return await self._captures.recognised(caller, capture, await self._lookalikes.reviewed(outcome))
            except PhotosUnavailable as error:
                outcome = error
        if isinstance(outcome, PhotoRefused | PhotoGone):
            return await self._captures.failed(caller, capture, outcome.code)
        if isinstance(outcome, MlUnavailable | PhotosUnavailable):
            capture = await self._captures.put_back(caller, capture, outcome, at_once=at_once)
        else:
            capture = await self._captures.faulted(caller, capture, outcome.code)
        self.leftover.set()
        return capture

    async def _attempt(self, asking: Awaitable[RecognizeAnswer], wait: float | None) -> RecognizeAnswer | ServiceError:
        """What the ML service says of a photo within `wait` seconds, or why it says nothing."""
        try:
            async with asyncio.timeout(wait):
                return await asking
        except TimeoutError:
            return MlUnavailable("Face recognition took too long.")
        except ServiceError as error:
            return error

    async def _ask_of_kept(self, capture: Capture) -> RecognizeAnswer:
        photo, session = await asyncio.gather(
            self._captures.photo(capture), self._sessions.session(SYSTEM, capture.session_id)
        )
        roster = await self._roster(capture, session.day)
        return await self._ask(capture, photo, roster, None)

    async def _roster(self, capture: Capture, day: dt.date) -> Sequence[str]:
        """Who was on the roster on the day of the session, whatever was changed since."""
        return (await self._teaching.rosters(SYSTEM, [(capture.subject_id, day)]))[capture.subject_id, day]

    async def _ask(self, capture: Capture, photo: bytes, roster: Sequence[str], end: float | None) -> RecognizeAnswer:
        """Who of the roster is on the photo.

        `end` is when the event loop's clock has the last moment for it; None: the configured time, for each call.
        """
        if not capture.by_kiosk:
            return await self._match(capture, photo, roster, end)
        live = await self._engine.liveness(photo, _left(end))
        return of_one_person(await self._match(capture, photo, roster, end), live)

    async def _match(self, capture: Capture, photo: bytes, roster: Sequence[str], end: float | None) -> RecognizeAnswer:
        """Match the photo with the roster's gallery, which is sent along only if the ML service does not hold it."""
        upright = not capture.shown_as_sent
        model = await self._enrolment.current_model(SYSTEM, _left(end))
        gallery_id = gallery_digest(model, await self._enrolment.versions(SYSTEM, roster, model))
        try:
            return await self._engine.recognize(photo, gallery_id, model, _left(end), upright=upright)
        except GalleryUnknownError:
            templates = await self._enrolment.templates(SYSTEM, roster, model)
            faces = await self._enrolment.faces(templates)
            sent_id = gallery_digest(model, [template.version for template in templates])
            gallery = Gallery(sent_id, model, faces)
            await self._galleries.note(SYSTEM, gallery)
            return await self._engine.recognize_with(photo, gallery, _left(end), upright=upright)

    @contextlib.asynccontextmanager
    async def _renewing(self, capture: Capture) -> AsyncIterator[None]:
        """Keep the lease while the work inside goes on."""

        async def renew() -> None:
            while True:
                await asyncio.sleep(RENEWAL_SECONDS)
                await self._captures.renew(SYSTEM, capture)

        renewal = asyncio.create_task(renew())
        try:
            yield
        finally:
            renewal.cancel()


def _now() -> float:
    return asyncio.get_running_loop().time()


def _left(end: float | None) -> float | None:
    return None if end is None else end - _now()


def gallery_digest(model: str, versions: Iterable[str]) -> str:
    """The id of a gallery: the same for the same model and template versions, which belong to one student each."""
    return hashlib.sha256("\n".join([model, *sorted(versions)]).encode()).hexdigest()
