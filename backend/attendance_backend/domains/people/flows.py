"""Students together with the state of their face data and their places on rosters, which other domains keep."""

from collections.abc import Mapping
from dataclasses import dataclass

from attendance_backend.domains.enrolment.schemas import FaceState
from attendance_backend.domains.enrolment.service import EnrolmentService
from attendance_backend.domains.identity.schemas import Caller
from attendance_backend.domains.people.schemas import Archiving, NewStudent, Student, StudentChange, StudentView
from attendance_backend.domains.people.service import PeopleService
from attendance_backend.domains.teaching.service import TeachingService
from attendance_backend.institution import Institution
from attendance_backend.paging import Page, PageRequest
from attendance_backend.ports.store import Transaction


@dataclass(frozen=True)
class PeopleFlows:
    people: PeopleService
    enrolment: EnrolmentService
    teaching: TeachingService
    institution: Institution

    async def create(self, caller: Caller, new: NewStudent, tx: Transaction) -> StudentView:
        student = await self.people.create(caller, new, tx)
        return StudentView.of(student, FaceState(), (await self.institution.here()).today)

    async def view(self, caller: Caller, student_id: str) -> StudentView:
        return await self._shown(caller, await self.people.own_student(caller, student_id))

    async def change(
        self, caller: Caller, student_id: str, given: StudentChange, expected: int | None, tx: Transaction
    ) -> StudentView:
        return await self._shown(caller, await self.people.change(caller, student_id, given, expected, tx))

    async def archive(self, caller: Caller, student_id: str, given: Archiving, tx: Transaction) -> StudentView:
        """Take a student off every roster from a day on; what was recorded of them stays.

        Raises:
            NotFound: there is none of this id.
        """
        on = given.on or (await self.institution.here()).today
        student = await self.people.archive(caller, student_id, on, tx)
        await self.teaching.leave_all(caller, student_id, on, tx)
        return await self._shown(caller, student)

    async def restore(self, caller: Caller, student_id: str, tx: Transaction) -> StudentView:
        """Take a student back, who is on no roster until they are entered again."""
        return await self._shown(caller, await self.people.restore(caller, student_id, tx))

    async def page(
        self, caller: Caller, wanted: Mapping[str, str | bool], name_begins: str | None, page: PageRequest
    ) -> Page[StudentView]:
        students = await self.people.page(caller, wanted, name_begins, page)
        faces = await self.enrolment.face_states(caller, [student.id for student in students.items])
        today = (await self.institution.here()).today
        return students.map(lambda student: StudentView.of(student, faces[student.id], today))

    async def _shown(self, caller: Caller, student: Student) -> StudentView:
        faces = await self.enrolment.face_states(caller, [student.id])
        return StudentView.of(student, faces[student.id], (await self.institution.here()).today)
