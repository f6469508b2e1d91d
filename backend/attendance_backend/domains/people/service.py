"""Keeps the students and their guardians. It knows nothing of their faces."""

import datetime as dt
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from attendance_backend.documents import new_id
from attendance_backend.domains.audit.service import AuditService
from attendance_backend.domains.identity.schemas import Caller, Role, User
from attendance_backend.domains.people.errors import AccountTaken, TooManyGuardians
from attendance_backend.domains.people.repository import GuardianRepository, StudentRepository
from attendance_backend.domains.people.schemas import (
    MAX_GUARDIANS,
    Guardian,
    GuardianChange,
    NewGuardian,
    NewStudent,
    Student,
    StudentChange,
)
from attendance_backend.paging import Page, PageRequest
from attendance_backend.ports.clock import Clock
from attendance_backend.ports.store import Transaction
from attendance_backend.versions import check_version
from attendance_kit.errors import NotFound

__all__ = ["AccountTaken", "PeopleService"]


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
            RollNumberTaken, ExternalIdTaken: by another one.
        """
        student = self.made(new)
        await self._students.add(caller, student, tx)
        await self._audit.note(caller, "student created", student.id, {}, tx)
        return student

    def every(self, caller: Caller) -> AsyncIterator[list[Student]]:
        """Every student, some at a time."""
        return self._students.every(caller)

    async def student(self, caller: Caller, student_id: str, tx: Transaction | None = None) -> Student:
        """One student.

        Raises:
            NotFound: there is none of this id.
        """
        if found := await self._students.by_id(caller, student_id, tx):
            return found
        raise NotFound

    async def own_student(self, caller: Caller, student_id: str) -> Student:
        """A student whom the caller is or has in their care; the office has all.

        Raises:
            NotFound: there is none of this id, or it is somebody else's: the two can't be told apart.
        """
        if not caller.may_see(student_id):
            raise NotFound
        return await self.student(caller, student_id)

    async def change(
        self, caller: Caller, student_id: str, given: StudentChange, expected: int | None, tx: Transaction
    ) -> Student:
        """The student as they are kept from now on.

        Raises:
            NotFound: there is none of this id.
            VersionConflict: the student was changed since the caller looked.
            RollNumberTaken, ExternalIdTaken: by another one.
        """
        before = await self.student(caller, student_id, tx)
        check_version(before.version, expected)
        return await self._replace(caller, before, given.model_dump(mode="json", exclude_unset=True), "changed", tx)

    async def archive(self, caller: Caller, student_id: str, on: dt.date, tx: Transaction) -> Student:
        """The student, from a day on only kept for what was recorded of them."""
        before = await self.student(caller, student_id, tx)
        return await self._replace(caller, before, {"archived": True, "archived_on": on.isoformat()}, "archived", tx)

    async def archive_many(self, caller: Caller, student_ids: Sequence[str], on: dt.date, tx: Transaction) -> None:
        """Archive students that there are. Whoever archives them notes it."""
        change = {"archived": True, "archived_on": on.isoformat()}
        await self._students.set_many(caller, dict.fromkeys(student_ids, change), tx)

    async def restore(self, caller: Caller, student_id: str, tx: Transaction) -> Student:
        before = await self.student(caller, student_id, tx)
        return await self._replace(caller, before, {"archived": False, "archived_on": None}, "restored", tx)

    async def hold(self, caller: Caller, student_id: str, tx: Transaction) -> None:
        """Write to the student, so that of several transactions that hold them one comes after the other."""
        await self._students.hold(caller, student_id, tx)

    async def by_ids(self, caller: Caller, student_ids: Sequence[str], tx: Transaction | None = None) -> list[Student]:
        """The students of these ids, by roll number."""
        found = await self._students.by_ids(caller, student_ids, tx)
        return sorted(found, key=lambda student: student.roll_number)

    async def page(
        self, caller: Caller, wanted: Mapping[str, str | bool], name_begins: str | None, page: PageRequest
    ) -> Page[Student]:
        """Students with these fields whose name begins so, whatever its case and accents."""
        return await self._students.page(caller, wanted, name_begins, page)

    async def in_group(self, caller: Caller, group: str) -> list[Student]:
        """The students who are in a class or year now."""
        return await self._students.in_group(caller, group)

    async def by_roll_numbers(
        self, caller: Caller, roll_numbers: Sequence[str], tx: Transaction | None = None
    ) -> dict[str, Student]:
        """Those students that there are, by roll number."""
        found = await self._students.by_roll_numbers(caller, roll_numbers, tx)
        return {student.roll_number: student for student in found}

    async def by_external_ids(
        self, caller: Caller, external_ids: Sequence[str], tx: Transaction | None = None
    ) -> dict[str, Student]:
        """Those students that there are, by what another system calls them."""
        found = await self._students.by_external_ids(caller, external_ids, tx)
        return {str(student.external_id): student for student in found}

    async def external_ids(self, caller: Caller, tx: Transaction | None = None) -> set[str]:
        """What another system calls those of its students who are not archived."""
        return await self._students.external_ids(caller, tx)

    def made(self, new: NewStudent) -> Student:
        """A student as `take_over` keeps them."""
        return Student(id=new_id(), **new.model_dump(mode="json"), created_at=self._clock.now())

    async def take_over(
        self, caller: Caller, new: Sequence[Student], changes: Mapping[str, Mapping[str, Any]], tx: Transaction
    ) -> None:
        """Many new students, and changed fields of those there are, by id. Whoever takes them over notes it."""
        await self._students.add_many(caller, new, tx)
        await self._students.set_many(caller, changes, tx)

    async def check_without_account(self, caller: Caller, role: Role, student_id: str, tx: Transaction) -> None:
        """Pass a student for whom somebody of this role can be given an account.

        Raises:
            NotFound: there is no such student.
            AccountTaken: the student signs in already.
        """
        student = await self.student(caller, student_id, tx)
        if role is Role.STUDENT and student.user_id:
            raise AccountTaken

    async def link_account(self, caller: Caller, user: User, student_id: str, tx: Transaction) -> None:
        """Let a user sign in as the student, or as the student's guardian, by their role.

        Raises:
            NotFound: there is no such student.
            AccountTaken: the student signs in already.
        """
        await self.check_without_account(caller, user.role, student_id, tx)
        if user.role is Role.STUDENT and not await self._students.link(caller, student_id, user.id, tx):
            raise AccountTaken
        if user.role is Role.GUARDIAN:
            guardian = Guardian(
                id=new_id(),
                student_id=student_id,
                name=user.name,
                email=user.email,
                user_id=user.id,
                created_at=self._clock.now(),
            )
            await self._guardians.link(caller, guardian, tx)
        await self._audit.note(caller, "account linked", student_id, {"user": user.id, "role": user.role}, tx)

    async def _replace(
        self, caller: Caller, before: Student, change: Mapping[str, object], done: str, tx: Transaction
    ) -> Student:
        after = before.model_copy(update={**change, "version": before.version + 1})
        await self._students.replace(caller, after, before, tx)
        await self._audit.note(caller, f"student {done}", before.id, {"fields": ", ".join(sorted(change))}, tx)
        return after


class GuardianService:
    def __init__(self, guardians: GuardianRepository, people: PeopleService, audit: AuditService, clock: Clock) -> None:
        self._guardians = guardians
        self._people = people
        self._audit = audit
        self._clock = clock

    def every(self, caller: Caller) -> AsyncIterator[list[Guardian]]:
        """Every guardian, some at a time."""
        return self._guardians.every(caller)

    async def page(self, caller: Caller, student_id: str, page: PageRequest) -> Page[Guardian]:
        await self._people.student(caller, student_id)
        return await self._guardians.page(caller, student_id, page)

    async def add(self, caller: Caller, student_id: str, new: NewGuardian, tx: Transaction) -> Guardian:
        """A new guardian of a student.

        Raises:
            NotFound: no such student.
            TooManyGuardians: they have `MAX_GUARDIANS`.
        """
        await self._people.student(caller, student_id, tx)
        await self._people.hold(caller, student_id, tx)
        if len(await self._guardians.of_student(caller, student_id, tx)) >= MAX_GUARDIANS:
            raise TooManyGuardians(limit=MAX_GUARDIANS)
        guardian = self.made(student_id, new)
        await self._guardians.add(caller, guardian, tx)
        await self._audit.note(caller, "guardian added", student_id, {"guardian": guardian.id}, tx)
        return guardian

    def made(self, student_id: str, new: NewGuardian, external_id: str | None = None) -> Guardian:
        """A guardian as `take_over` keeps them."""
        return Guardian(
            id=new_id(),
            student_id=student_id,
            **new.model_dump(),
            external_id=external_id,
            created_at=self._clock.now(),
        )

    async def of_students(
        self, caller: Caller, student_ids: Sequence[str], tx: Transaction | None = None
    ) -> list[Guardian]:
        """Everybody with care of one of these students."""
        return await self._guardians.of_students(caller, student_ids, tx)

    async def take_over(
        self, caller: Caller, new: Sequence[Guardian], changes: Mapping[str, Mapping[str, Any]], tx: Transaction
    ) -> None:
        """Many new guardians, and changed fields of those there are, by id. Whoever takes them over notes it."""
        await self._guardians.add_many(caller, new, tx)
        await self._guardians.set_many(caller, changes, tx)

    async def change(
        self, caller: Caller, student_id: str, guardian_id: str, given: GuardianChange, tx: Transaction
    ) -> Guardian:
        """The guardian as they are kept from now on.

        Raises:
            NotFound: the student has no such guardian.
        """
        guardian = await self._guardian(caller, student_id, guardian_id, tx)
        change = given.model_dump(exclude_unset=True)
        await self._guardians.change(caller, guardian, change, tx)
        await self._audit.note(caller, "guardian changed", student_id, {"guardian": guardian.id}, tx)
        return guardian.model_copy(update=change)

    async def remove(self, caller: Caller, student_id: str, guardian_id: str, tx: Transaction) -> None:
        """Take somebody's care of a student away.

        Raises:
            NotFound: the student has no such guardian.
        """
        guardian = await self._guardian(caller, student_id, guardian_id, tx)
        await self._guardians.remove(caller, guardian, tx)
        await self._audit.note(caller, "guardian removed", student_id, {"guardian": guardian.id}, tx)

    async def _guardian(self, caller: Caller, student_id: str, guardian_id: str, tx: Transaction) -> Guardian:
        for guardian in await self._guardians.of_student(caller, student_id, tx):
            if guardian.id == guardian_id:
                return guardian
        raise NotFound
