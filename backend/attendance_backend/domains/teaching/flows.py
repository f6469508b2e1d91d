"""Subjects with their teachers, rosters with their students: where teaching meets identity and people."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from attendance_backend.domains.enrolment.service import EnrolmentService
from attendance_backend.domains.identity.schemas import Caller
from attendance_backend.domains.identity.service import IdentityService
from attendance_backend.domains.people.schemas import StudentView
from attendance_backend.domains.people.service import PeopleService
from attendance_backend.domains.teaching.errors import UnknownStudent, UnknownTeacher
from attendance_backend.domains.teaching.schemas import (
    NewPeriod,
    NewRoster,
    NewSubject,
    PeriodView,
    RosterPlace,
    RosterSet,
    RosterStudent,
    SubjectChange,
    SubjectView,
)
from attendance_backend.domains.teaching.service import TeachingService
from attendance_backend.institution import Institution
from attendance_backend.paging import Page, PageRequest
from attendance_backend.ports.store import Transaction


@dataclass(frozen=True)
class TeachingFlows:
    teaching: TeachingService
    identity: IdentityService
    people: PeopleService
    enrolment: EnrolmentService
    institution: Institution

    async def create(self, caller: Caller, new: NewSubject, tx: Transaction) -> SubjectView:
        """A new subject.

        Raises:
            UnknownTeacher: one of the teachers is no user.
            SubjectCodeTaken: by another subject.
        """
        await self._check_teachers(caller, new.teacher_ids)
        return SubjectView.model_validate(await self.teaching.create(caller, new, tx))

    async def change(
        self, caller: Caller, subject_id: str, given: SubjectChange, expected: int | None, tx: Transaction
    ) -> SubjectView:
        """A changed subject.

        Raises:
            NotFound: no such subject for this caller.
            UnknownTeacher: one of the teachers is no user.
            VersionConflict, SubjectCodeTaken: as `TeachingService.change` has it.
        """
        await self._check_teachers(caller, given.teacher_ids or ())
        return SubjectView.model_validate(await self.teaching.change(caller, subject_id, given, expected, tx))

    async def enter(self, caller: Caller, subject_id: str, student_id: str, given: NewPeriod, tx: Transaction) -> None:
        """Put a student on a roster.

        Raises:
            NotFound: no such subject for this caller, or no such student.
            UnknownStudent: the student is archived.
            RosterFull.
        """
        await self.teaching.subject(caller, subject_id, tx)
        student = await self.people.student(caller, student_id, tx)
        if student.archived:
            raise UnknownStudent("The student is archived.", field="student_id")
        await self.teaching.enter(caller, subject_id, student_id, given.period(), tx)

    async def set_roster(self, caller: Caller, subject_id: str, new: NewRoster, tx: Transaction) -> RosterSet:
        """Make a roster exactly this, in one go.

        Raises:
            NotFound: no such subject for this caller.
            UnknownStudent: naming the ids that belong to nobody, or to archived students.
            RosterFull.
        """
        await self.teaching.subject(caller, subject_id, tx)
        asked = {place.student_id for place in new.students}
        known = {student.id for student in await self.people.by_ids(caller, sorted(asked), tx) if not student.archived}
        if unknown := sorted(asked - known):
            raise UnknownStudent(field="students", reasons=unknown)
        return RosterSet(students=await self.teaching.set_roster(caller, subject_id, new, tx))

    async def leave(
        self, caller: Caller, subject_id: str, student_id: str, on: dt.date | None, tx: Transaction
    ) -> None:
        """Take a student off a roster from a day on, from today unless told."""
        first_day_off = on or (await self.institution.here()).today
        await self.teaching.leave(caller, subject_id, student_id, first_day_off, tx)

    async def roster(
        self, caller: Caller, subject_id: str, on: dt.date | None, page: PageRequest
    ) -> Page[RosterStudent]:
        """The students of a subject on a day, today unless told, in the order they were entered."""
        today = (await self.institution.here()).today
        places = await self.teaching.roster_page(caller, subject_id, on or today, page)
        ids = [place.student_id for place in places.items]
        faces = await self.enrolment.face_states(caller, ids)
        students = {student.id: student for student in await self.people.by_ids(caller, ids)}

        def show(place: RosterPlace) -> RosterStudent:
            shown = StudentView.of(students[place.student_id], faces[place.student_id], today)
            return RosterStudent(**dict(shown), periods=[PeriodView.of(period) for period in place.periods])

        return places.map(show)

    async def _check_teachers(self, caller: Caller, teacher_ids: Collection[str]) -> None:
        if missing := await self.identity.missing(caller, list(teacher_ids)):
            raise UnknownTeacher(field="teacher_ids", reasons=missing)
