"""Keeps excuses and their answers, and says who is excused on a day. It marks nobody."""

from collections.abc import AsyncIterator, Collection, Mapping

from attendance_backend.documents import new_id
from attendance_backend.domains.audit.service import AuditService
from attendance_backend.domains.corrections.errors import RequestAnswered
from attendance_backend.domains.corrections.schemas import RequestState
from attendance_backend.domains.excuses.repository import ExcuseRepository
from attendance_backend.domains.excuses.schemas import AskedExcuse, Excuse
from attendance_backend.domains.identity.schemas import SYSTEM, Caller
from attendance_backend.paging import Page, PageRequest
from attendance_backend.ports.clock import Clock
from attendance_backend.ports.store import Transaction
from attendance_kit.errors import NotFound

Lesson = tuple[str, str]
"""A subject and a day, as YYYY-MM-DD."""


class ExcuseService:
    def __init__(self, excuses: ExcuseRepository, audit: AuditService, clock: Clock) -> None:
        self._excuses = excuses
        self._audit = audit
        self._clock = clock

    async def add(
        self, caller: Caller, student_id: str, new: AskedExcuse, state: RequestState, tx: Transaction
    ) -> Excuse:
        """A new excuse: open when it is asked for, granted when staff gives it."""
        excuse = Excuse(
            id=new_id(),
            student_id=student_id,
            subject_id=new.subject_id,
            since=new.since.isoformat(),
            until=new.until.isoformat(),
            reason=new.reason,
            state=state,
            asked_by=caller.id,
            asked_at=self._clock.now(),
        )
        await self._excuses.add(caller, excuse, tx)
        await self._audit.note(caller, f"excuse {state}", student_id, {"excuse": excuse.id}, tx)
        return excuse

    async def answer(
        self,
        caller: Caller,
        excuse_id: str,
        state: RequestState,
        answer: str | None,
        tx: Transaction,
        of: Collection[RequestState] = (RequestState.OPEN,),
    ) -> Excuse:
        """An excuse that is in one of these states, answered.

        Raises:
            NotFound: there is none, or the caller has nothing to do with it.
            RequestAnswered: it is in another state.
        """
        excuse = await self._excuses.by_id(caller, excuse_id, tx)
        if excuse is None:
            raise NotFound
        if excuse.state not in of:
            raise RequestAnswered
        answered = excuse.model_copy(update=excuse.told(caller, state, answer, self._clock.now()))
        await self._excuses.answer(caller, answered, excuse, tx)
        await self._audit.note(caller, f"excuse {state}", excuse.student_id, {"excuse": excuse.id}, tx)
        return answered

    async def standing(
        self, lessons: Collection[Lesson], tx: Transaction | None = None
    ) -> Mapping[Lesson, Mapping[str, str]]:
        """Who is excused from lessons, and why: the reason by student, by lesson."""
        days = {day: await self._excuses.standing(SYSTEM, day, tx) for day in {day for _, day in lessons}}
        return {
            (subject, day): {one.student_id: one.reason for one in days[day] if one.subject_id in {None, subject}}
            for subject, day in lessons
        }

    def every(self, caller: Caller) -> AsyncIterator[list[Excuse]]:
        """Every excuse, some at a time."""
        return self._excuses.every(caller)

    async def page(self, caller: Caller, wanted: Mapping[str, str], page: PageRequest) -> Page[Excuse]:
        return await self._excuses.page(caller, wanted, page)
