"""Naming a substitute, and what a substitute reaches: where timetable, sessions and users meet."""

from dataclasses import dataclass, replace

from attendance_backend.domains.attendance.errors import SessionNotOpen
from attendance_backend.domains.attendance.schemas import SessionState
from attendance_backend.domains.attendance.service import SessionService
from attendance_backend.domains.identity.schemas import Caller, Role, SingleSession
from attendance_backend.domains.identity.service import IdentityService
from attendance_backend.domains.substitutions.errors import NoSubstitute, NoSuchLesson
from attendance_backend.domains.substitutions.schemas import NewSubstitution, SubstitutionView
from attendance_backend.domains.substitutions.service import SubstitutionService
from attendance_backend.domains.teaching.service import TeachingService
from attendance_backend.domains.timetable.service import TimetableService
from attendance_backend.ports.store import Transaction
from attendance_kit.errors import NotFound


@dataclass(frozen=True)
class SubstitutionFlows:
    substitutions: SubstitutionService
    sessions: SessionService
    teaching: TeachingService
    timetables: TimetableService
    identity: IdentityService

    async def reach_of(self, caller: Caller) -> Caller:
        """The caller with the single sessions that they take for others: of teachers alone, as it is just now."""
        if caller.role is not Role.TEACHER:
            return caller
        singles = [
            SingleSession(
                one.subject_id,
                one.date,
                one.period,
                await self.sessions.id_of(caller, one.subject_id, one.date, one.period),
            )
            for one in await self.substitutions.of_teacher(caller)
        ]
        return replace(caller, singles=frozenset(singles))

    async def name(self, caller: Caller, new: NewSubstitution, tx: Transaction) -> SubstitutionView:
        """Name a teacher for a session that is planned or open.

        Raises:
            NotFound: there is no such subject.
            NoSubstitute: they are no teacher, or may not sign in.
            NoSuchLesson, SessionNotOpen, SubstituteNamed.
        """
        await self.teaching.subject(caller, new.subject_id, tx)
        await self._check_teacher(caller, new.teacher_id, tx)
        await self._check_lesson(caller, new, tx)
        return SubstitutionView.model_validate(await self.substitutions.name(caller, new, tx))

    async def _check_teacher(self, caller: Caller, teacher_id: str, tx: Transaction) -> None:
        try:
            user = await self.identity.user(caller, teacher_id, tx)
        except NotFound as error:
            raise NoSubstitute(field="teacher_id") from error
        if user.role is not Role.TEACHER or not user.is_active:
            raise NoSubstitute(field="teacher_id")

    async def _check_lesson(self, caller: Caller, new: NewSubstitution, tx: Transaction) -> None:
        session_id = await self.sessions.id_of(caller, new.subject_id, new.date.isoformat(), new.period, tx)
        if session_id:
            session = await self.sessions.session(caller, session_id, tx)
            if session.state is not SessionState.OPEN:
                raise SessionNotOpen
            return
        planned = await self.timetables.lessons_on(caller, [(new.subject_id, new.date)], tx)
        if (new.subject_id, new.date, new.period) not in planned:
            raise NoSuchLesson(field="period")
