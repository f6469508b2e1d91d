"""A class shows a code, its students check in with it: the story across sessions, rosters and faces."""

from dataclasses import dataclass
from datetime import datetime

import segno

from attendance_backend.domains.attendance.errors import SessionNotOpen
from attendance_backend.domains.attendance.schemas import SessionState
from attendance_backend.domains.attendance.service import SessionService
from attendance_backend.domains.codes import policy
from attendance_backend.domains.codes.errors import FaceNotMatched, FaceTooLate, NoCodeShown, NoFaceEnrolled
from attendance_backend.domains.codes.schemas import (
    CheckIn,
    CheckInView,
    NewCheckIn,
    NewCode,
    OpenCheckIn,
    Refusal,
    SeenCheckIn,
    SessionCode,
    ShownCode,
)
from attendance_backend.domains.codes.service import CheckInService, CodeService
from attendance_backend.domains.consent.service import ConsentService
from attendance_backend.domains.enrolment.service import EnrolmentService
from attendance_backend.domains.identity.schemas import SYSTEM, Caller
from attendance_backend.domains.institution.service import InstitutionService
from attendance_backend.domains.teaching.policy import on_roster
from attendance_backend.domains.teaching.schemas import SubjectLabel
from attendance_backend.domains.teaching.service import TeachingService
from attendance_backend.institution import Institution
from attendance_backend.paging import Page, PageRequest
from attendance_backend.ports.clock import Clock
from attendance_backend.ports.store import Transaction, Transactions
from attendance_backend.uploads import check_image
from attendance_kit.errors import NotFound, ServiceError

PIXELS_A_MODULE = 8


@dataclass(frozen=True)
class CodeFlows:
    codes: CodeService
    check_ins: CheckInService
    sessions: SessionService
    rules: InstitutionService
    clock: Clock

    async def start(self, caller: Caller, session_id: str, new: NewCode, tx: Transaction) -> ShownCode:
        """Show a code for an open session; starting it again makes what was shown before invalid.

        Raises:
            NotFound: no such session for this caller.
            SessionNotOpen.
        """
        session = await self.sessions.session(caller, session_id, tx)
        if not await self.sessions.hold_open(caller, session_id, tx):
            raise SessionNotOpen
        seconds = (await self.rules.settings(caller)).code_seconds
        return self._shown(await self.codes.start(caller, session_id, session.subject_id, seconds, new, tx))

    async def stop(self, caller: Caller, session_id: str, tx: Transaction) -> None:
        await self.sessions.session(caller, session_id, tx)
        await self.codes.stop(caller, session_id, tx)

    async def show(self, caller: Caller, session_id: str) -> ShownCode:
        """What the class is to be shown now.

        Raises:
            NotFound: no such session for this caller.
            NoCodeShown.
        """
        await self.sessions.session(caller, session_id)
        if code := await self.codes.find(caller, session_id):
            return self._shown(code)
        raise NoCodeShown

    async def page(self, caller: Caller, session_id: str, page: PageRequest) -> Page[SeenCheckIn]:
        await self.sessions.session(caller, session_id)
        found, shared = await self.check_ins.page(caller, session_id, page)

        def seen(made: CheckIn) -> SeenCheckIn:
            shown = CheckInView.model_validate(made)
            return SeenCheckIn(**shown.model_dump(), shares_device=made.device in shared)

        return found.map(seen)

    def _shown(self, code: SessionCode) -> ShownCode:
        now = self.clock.now()
        step = policy.step_at(now, code.step_seconds)
        token = policy.token_of(code, step)
        return ShownCode(
            session_id=code.id,
            digits=policy.digits_of(code, step),
            token=token,
            next_at=policy.next_step(now, code.step_seconds),
            step_seconds=code.step_seconds,
            with_face=code.with_face,
            svg=segno.make_qr(token, error="m").svg_inline(scale=PIXELS_A_MODULE),
        )


@dataclass(frozen=True)
class Entry:
    """A code as a student gave it, and when; `code` is what their session shows, None where it shows none."""

    student_id: str
    session_id: str
    code: SessionCode | None
    is_on_roster: bool
    given: NewCheckIn
    device: str | None
    received: datetime


@dataclass(frozen=True)
class CheckInFlows:
    codes: CodeService
    check_ins: CheckInService
    sessions: SessionService
    teaching: TeachingService
    enrolment: EnrolmentService
    consent: ConsentService
    transactions: Transactions
    clock: Clock

    async def prepare(self, caller: Caller, given: NewCheckIn, device: str | None) -> Entry:
        """A code that the caller gives, who is the student, with all that need not be asked within a transaction.

        It is judged by the moment of this: whoever then has to wait for others is not too late for that.

        Raises:
            NotFound: the caller is no student of the school.
        """
        student_id, received = _student(caller), self.clock.now()
        session_id = policy.session_of(given)
        code = await self.codes.find(SYSTEM, session_id)
        is_on_roster = code is not None and await self._is_on_roster(caller, code)
        return Entry(student_id, session_id, code, is_on_roster, given, device, received)

    async def check_in(self, caller: Caller, entry: Entry, tx: Transaction) -> CheckInView | ServiceError:
        """Check the caller in: nobody can for somebody else. Again is the same check-in.

        A refusal is returned: it is logged and kept, so that codes can't be guessed. It is one of CodeRefused,
        TriesUsedUp and SessionNotOpen.
        """
        code = entry.code
        if code is None:
            why = Refusal.UNKNOWN_SESSION
            return await self.codes.note_refusal(caller, entry.student_id, entry.session_id, why, tx)
        if not entry.is_on_roster:
            return await self.codes.refuse(caller, entry.student_id, code.id, Refusal.NOT_ON_ROSTER, tx)
        if refused := await self.codes.judge(caller, entry.student_id, code, entry.given, entry.received, tx):
            return refused
        if not await self.sessions.hold_open(SYSTEM, code.id, tx):
            return SessionNotOpen()
        return CheckInView.model_validate(await self.check_ins.enter(caller, entry.student_id, code, entry.device, tx))

    async def _is_on_roster(self, caller: Caller, code: SessionCode) -> bool:
        session = await self.sessions.session(SYSTEM, code.id)
        periods = (await self.teaching.attended(caller)).get(code.subject_id, ())
        return on_roster(periods, session.date)

    async def show_face(self, caller: Caller, check_in_id: str, photo: bytes) -> CheckInView:
        """Take a photo as proof that it is the student who checked in. The photo is not kept.

        Raises:
            NotFound: no such check-in of the caller's.
            FaceTooLate, SessionNotOpen.
            ConsentRequired, NoFaceEnrolled: there is nothing to compare with.
            FaceNotMatched: logged.
            PhotoRefused, MlUnavailable, MlAnswerInvalid.
        """
        made = await self.check_ins.own(caller, check_in_id)
        if made.face_by is None:
            return CheckInView.model_validate(made)
        if made.face_by < self.clock.now():
            raise FaceTooLate
        check_image(photo)
        consented = await self.consent.consented(caller, made.student_id)
        matches = await self.enrolment.shows(caller, consented, photo)
        if matches is None:
            raise NoFaceEnrolled
        outcome = await self.transactions.run(lambda tx: self._concluded(caller, made, tx, matches=matches))
        if isinstance(outcome, ServiceError):
            raise outcome
        return CheckInView.model_validate(outcome)

    async def _concluded(
        self, caller: Caller, made: CheckIn, tx: Transaction, *, matches: bool
    ) -> CheckIn | ServiceError:
        if not matches:
            await self.codes.refuse(caller, made.student_id, made.session_id, Refusal.OTHER_FACE, tx)
            return FaceNotMatched()
        if not await self.sessions.hold_open(SYSTEM, made.session_id, tx):
            return SessionNotOpen()
        return await self.check_ins.confirm(caller, made, tx)


@dataclass(frozen=True)
class OpenCodeFlows:
    codes: CodeService
    sessions: SessionService
    teaching: TeachingService
    institution: Institution

    async def page(self, caller: Caller, page: PageRequest) -> Page[OpenCheckIn]:
        """The open sessions of today that show a code and on whose roster the caller is: never the codes."""
        today, attended = (await self.institution.here()).today, await self.teaching.attended(caller)
        subject_ids = [one for one, periods in attended.items() if on_roster(periods, today.isoformat())]
        inside = caller.within(subject_ids)
        found = await self.sessions.between(inside, subject_ids, today, today)
        sessions = {session.id: session for session in found if session.state is SessionState.OPEN}
        codes = await self.codes.of_sessions(inside, sessions)
        subjects = await self.teaching.subjects(inside, subject_ids)
        rows = [{"_id": code.id, "code": code} for code in codes]

        def shown(code: SessionCode) -> OpenCheckIn:
            session = sessions[code.id]
            return OpenCheckIn(
                session_id=session.id,
                subject=SubjectLabel.model_validate(subjects[session.subject_id]),
                period=session.period,
                starts_at=session.starts_at,
                with_face=code.with_face,
            )

        return page.of(rows, lambda row: shown(row["code"]))


def _student(caller: Caller) -> str:
    """The student who the caller is."""
    for student_id in caller.student_ids or ():
        return student_id
    raise NotFound
