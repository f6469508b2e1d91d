"""Students together with the state of their face data, which another domain keeps."""

from dataclasses import dataclass

from attendance_backend.domains.enrolment.schemas import FaceState
from attendance_backend.domains.enrolment.service import EnrolmentService
from attendance_backend.domains.identity.schemas import Caller
from attendance_backend.domains.people.schemas import NewStudent, StudentView
from attendance_backend.domains.people.service import PeopleService
from attendance_backend.paging import Page, PageRequest
from attendance_backend.ports.store import Transaction


@dataclass(frozen=True)
class PeopleFlows:
    people: PeopleService
    enrolment: EnrolmentService

    async def create(self, caller: Caller, new: NewStudent, tx: Transaction) -> StudentView:
        return StudentView.of(await self.people.create(caller, new, tx), FaceState())

    async def view(self, caller: Caller, student_id: str) -> StudentView:
        student = await self.people.student(caller, student_id)
        faces = await self.enrolment.face_states(caller, [student_id])
        return StudentView.of(student, faces[student_id])

    async def page(self, caller: Caller, roll_number: str | None, page: PageRequest) -> Page[StudentView]:
        students = await self.people.page(caller, roll_number, page)
        faces = await self.enrolment.face_states(caller, [student.id for student in students.items])
        return students.map(lambda student: StudentView.of(student, faces[student.id]))
