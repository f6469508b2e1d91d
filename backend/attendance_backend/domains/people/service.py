"""Keeps the students. It knows nothing of their faces."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from attendance_backend.documents import new_id
from attendance_backend.domains.audit.service import AuditService
from attendance_backend.domains.identity.schemas import Caller, Role
from attendance_backend.domains.people.repository import GuardianRepository, StudentRepository
from attendance_backend.domains.people.schemas import NewStudent, Student
from attendance_backend.paging import Page, PageRequest
from attendance_backend.ports.clock import Clock
from attendance_backend.ports.store import Transaction
from attendance_kit.errors import NotFound


class PeopleService:
    def __init__(
        self, students: StudentRepository, guardians: GuardianRepository, audit: AuditService, clock: Clock
    ) -> None:
        self._students = students
        self._guardians = guardians
        self._audit = audit
        self._clock = clock

    async def reach_of(self, caller: Caller) -> Caller:
        """The caller with the students they are or have in their care: an administrator has all."""
        if caller.role is Role.ADMINISTRATOR:
            return replace(caller, student_ids=None)
        if caller.role is Role.STUDENT:
            return replace(caller, student_ids=await self._students.with_account(caller, caller.id))
        if caller.role is Role.GUARDIAN:
            return replace(caller, student_ids=await self._guardians.in_care_of(caller, caller.id))
        return caller

    async def create(self, caller: Caller, new: NewStudent, tx: Transaction) -> Student:
        """A new student.

        Raises:
            RollNumberTaken: by another one.
        """
        student = Student(id=new_id(), **new.model_dump(), created_at=self._clock.now())
        await self._students.add(caller, student, tx)
        await self._audit.note(caller, "student created", student.id, {}, tx)
        return student

    async def student(self, caller: Caller, student_id: str, tx: Transaction | None = None) -> Student:
        """One student.

        Raises:
            NotFound: there is none of this id.
        """
        if found := await self._students.by_id(caller, student_id, tx):
            return found
        raise NotFound

    async def hold(self, caller: Caller, student_id: str, tx: Transaction) -> None:
        """Write to the student, so that of several transactions that hold them one comes after the other."""
        await self._students.hold(caller, student_id, tx)

    async def by_ids(self, caller: Caller, student_ids: Sequence[str], tx: Transaction | None = None) -> list[Student]:
        """The students of these ids, by roll number."""
        found = await self._students.by_ids(caller, student_ids, tx)
        return sorted(found, key=lambda student: student.roll_number)

    async def page(self, caller: Caller, roll_number: str | None, page: PageRequest) -> Page[Student]:
        return await self._students.page(caller, roll_number, page)

    async def by_roll_numbers(
        self, caller: Caller, roll_numbers: Sequence[str], tx: Transaction | None = None
    ) -> dict[str, Student]:
        """Those students that there are, by roll number."""
        found = await self._students.by_roll_numbers(caller, roll_numbers, tx)
        return {student.roll_number: student for student in found}

    async def take_over(
        self, caller: Caller, new: Sequence[NewStudent], changes: Mapping[str, Mapping[str, Any]], tx: Transaction
    ) -> None:
        """Many new students, and changed fields of those there are, by id. Whoever takes them over notes it."""
        now = self._clock.now()
        students = [Student(id=new_id(), **one.model_dump(), created_at=now) for one in new]
        await self._students.add_many(caller, students, tx)
        await self._students.set_many(caller, changes, tx)
