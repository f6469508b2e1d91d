"""Subjects with their teachers, rosters with their students: where teaching meets identity and people."""

from dataclasses import dataclass

from attendance_backend.domains.enrolment.service import EnrolmentService
from attendance_backend.domains.identity.schemas import Caller
from attendance_backend.domains.identity.service import IdentityService
from attendance_backend.domains.people.schemas import StudentView
from attendance_backend.domains.people.service import PeopleService
from attendance_backend.domains.teaching.errors import UnknownTeacher
from attendance_backend.domains.teaching.schemas import NewSubject, SubjectView
from attendance_backend.domains.teaching.service import TeachingService
from attendance_backend.paging import Page, PageRequest
from attendance_backend.ports.store import Transaction


@dataclass(frozen=True)
class TeachingFlows:
    teaching: TeachingService
    identity: IdentityService
    people: PeopleService
    enrolment: EnrolmentService

    async def create(self, caller: Caller, new: NewSubject, tx: Transaction) -> SubjectView:
        """A new subject.

        Raises:
            UnknownTeacher: one of the teachers is no user.
            SubjectCodeTaken: by another subject.
        """
        if missing := await self.identity.missing(caller, new.teacher_ids):
            raise UnknownTeacher(field="teacher_ids", reasons=missing)
        return SubjectView.model_validate(await self.teaching.create(caller, new, tx))

    async def enter(self, caller: Caller, subject_id: str, student_id: str, tx: Transaction) -> None:
        await self.teaching.subject(caller, subject_id, tx)
        await self.people.student(caller, student_id, tx)
        await self.teaching.enter(caller, subject_id, student_id, tx)

    async def roster(self, caller: Caller, subject_id: str, page: PageRequest) -> Page[StudentView]:
        """The students of a subject, in the order they were entered."""
        places = await self.teaching.roster_page(caller, subject_id, page)
        ids = [place.student_id for place in places.items]
        faces = await self.enrolment.face_states(caller, ids)
        students = {student.id: student for student in await self.people.by_ids(caller, ids)}
        return places.map(lambda place: StudentView.of(students[place.student_id], faces[place.student_id]))
