"""Excusing somebody in advance: staff does it, or is asked by the family and answers."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from attendance_backend.domains.corrections.schemas import Grant, RefusalGiven, RequestState
from attendance_backend.domains.excuses.errors import SubjectNeeded
from attendance_backend.domains.excuses.schemas import AskedExcuse, ExcuseView, NewExcuse
from attendance_backend.domains.excuses.service import ExcuseService
from attendance_backend.domains.identity.schemas import SYSTEM, Caller
from attendance_backend.domains.people.service import PeopleService
from attendance_backend.domains.teaching.service import TeachingService
from attendance_backend.paging import Page, PageRequest
from attendance_backend.ports.store import Transaction
from attendance_kit.errors import NotFound


@dataclass(frozen=True)
class ExcuseFlows:
    excuses: ExcuseService
    teaching: TeachingService
    people: PeopleService

    async def give(self, caller: Caller, new: NewExcuse, tx: Transaction) -> ExcuseView:
        """Excuse a student: a teacher from an own subject, the office from any or all.

        Raises:
            NotFound: no such subject for this caller, or no such student on its roster.
            SubjectNeeded: a teacher named none.
        """
        if new.subject_id is None and caller.subject_ids is not None:
            raise SubjectNeeded
        if new.subject_id is not None:
            await self._check_roster(caller, new.subject_id, new.student_id, [new.since, new.until], tx)
        await self.people.student(caller, new.student_id, tx)
        return ExcuseView.model_validate(await self.excuses.add(caller, new.student_id, new, RequestState.GRANTED, tx))

    async def ask(self, caller: Caller, student_id: str, new: AskedExcuse, tx: Transaction) -> ExcuseView:
        """Ask to excuse oneself or a student in one's care.

        Raises:
            NotFound: the student is not theirs, or not on the roster of the subject.
        """
        if not caller.may_see(student_id):
            raise NotFound
        if new.subject_id is not None:
            await self._check_roster(SYSTEM, new.subject_id, student_id, [new.since, new.until], tx)
        return ExcuseView.model_validate(await self.excuses.add(caller, student_id, new, RequestState.OPEN, tx))

    async def grant(self, caller: Caller, excuse_id: str, given: Grant, tx: Transaction) -> ExcuseView:
        answered = await self.excuses.answer(caller, excuse_id, RequestState.GRANTED, given.answer, tx)
        return ExcuseView.model_validate(answered)

    async def refuse(self, caller: Caller, excuse_id: str, given: RefusalGiven, tx: Transaction) -> ExcuseView:
        """Refuse what was asked for, or take back what was granted: sessions that are closed keep what they say."""
        of = (RequestState.OPEN, RequestState.GRANTED)
        answered = await self.excuses.answer(caller, excuse_id, RequestState.REFUSED, given.answer, tx, of)
        return ExcuseView.model_validate(answered)

    async def withdraw(self, caller: Caller, excuse_id: str, tx: Transaction) -> ExcuseView:
        return ExcuseView.model_validate(await self.excuses.answer(caller, excuse_id, RequestState.WITHDRAWN, None, tx))

    async def page_of_student(self, caller: Caller, student_id: str, page: PageRequest) -> Page[ExcuseView]:
        """One student's excuses.

        Raises:
            NotFound: the caller is neither that student nor has them in their care.
        """
        if not caller.may_see(student_id):
            raise NotFound
        return (await self.excuses.page(caller, {"student_id": student_id}, page)).map(ExcuseView.model_validate)

    async def _check_roster(
        self, caller: Caller, subject_id: str, student_id: str, days: Iterable[dt.date], tx: Transaction
    ) -> None:
        """Raise NotFound unless the student is on the roster on one of the days."""
        rosters = [await self.teaching.roster(caller, subject_id, day, tx) for day in days]
        if not any(student_id in roster for roster in rosters):
            raise NotFound
