"""Keeps subjects and rosters, and says which subjects a caller may touch."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from attendance_backend.documents import new_id
from attendance_backend.domains.audit.service import AuditService
from attendance_backend.domains.identity.schemas import Caller, Role
from attendance_backend.domains.teaching.errors import RosterFull
from attendance_backend.domains.teaching.repository import RosterRepository, SubjectRepository
from attendance_backend.domains.teaching.schemas import MAX_ROSTER, NewSubject, RosterPlace, Subject
from attendance_backend.paging import Page, PageRequest
from attendance_backend.ports.clock import Clock
from attendance_backend.ports.store import Transaction
from attendance_kit.errors import NotFound


class TeachingService:
    def __init__(
        self, subjects: SubjectRepository, rosters: RosterRepository, audit: AuditService, clock: Clock
    ) -> None:
        self._subjects = subjects
        self._rosters = rosters
        self._audit = audit
        self._clock = clock

    async def reach_of(self, caller: Caller) -> Caller:
        """The caller with the subjects they may touch: an administrator all, a teacher those they teach."""
        if caller.role is Role.ADMINISTRATOR:
            return replace(caller, subject_ids=None)
        if caller.role is Role.TEACHER:
            return replace(caller, subject_ids=await self._subjects.taught_by(caller, caller.id))
        return caller

    async def create(self, caller: Caller, new: NewSubject, tx: Transaction) -> Subject:
        """A new subject.

        Raises:
            SubjectCodeTaken: by another one.
        """
        subject = Subject(
            id=new_id(),
            code=new.code,
            name=new.name,
            teacher_ids=list(dict.fromkeys(new.teacher_ids)),
            created_at=self._clock.now(),
        )
        await self._subjects.add(caller, subject, tx)
        await self._audit.note(caller, "subject created", subject.id, {"code": subject.code}, tx)
        return subject

    async def subject(self, caller: Caller, subject_id: str, tx: Transaction | None = None) -> Subject:
        """One subject.

        Raises:
            NotFound: there is none, or the caller may not touch it: the two can't be told apart.
        """
        if found := await self._subjects.by_id(caller, subject_id, tx):
            return found
        raise NotFound

    async def subjects(self, caller: Caller, subject_ids: Collection[str]) -> Mapping[str, Subject]:
        """Those of the subjects that the caller may touch, by id."""
        return {subject.id: subject for subject in await self._subjects.by_ids(caller, subject_ids)}

    async def page(self, caller: Caller, code: str | None, page: PageRequest) -> Page[Subject]:
        return await self._subjects.page(caller, code, page)

    async def enter(self, caller: Caller, subject_id: str, student_id: str, tx: Transaction) -> None:
        """Put a student on a roster; one who is there already stays.

        Raises:
            NotFound: no such subject for this caller.
            RosterFull: it has `MAX_ROSTER` students.
        """
        await self.subject(caller, subject_id, tx)
        there = await self._rosters.student_ids(caller, subject_id, tx)
        if student_id in there:
            return
        if len(there) >= MAX_ROSTER:
            raise RosterFull(limit=MAX_ROSTER)
        place = RosterPlace(
            id=new_id(),
            subject_id=subject_id,
            student_id=student_id,
            added_at=self._clock.now(),
            added_by=caller.id,
        )
        await self._rosters.add(caller, place, tx)
        await self._audit.note(caller, "roster entered", subject_id, {"student": student_id}, tx)

    async def leave(self, caller: Caller, subject_id: str, student_id: str, tx: Transaction) -> None:
        """Take a student off a roster; one who is not there stays off."""
        await self.subject(caller, subject_id, tx)
        if await self._rosters.remove(caller, subject_id, student_id, tx):
            await self._audit.note(caller, "roster left", subject_id, {"student": student_id}, tx)

    async def roster(self, caller: Caller, subject_id: str, tx: Transaction | None = None) -> list[str]:
        """The ids of all students of a subject.

        Raises:
            NotFound: no such subject for this caller.
        """
        await self.subject(caller, subject_id, tx)
        return await self._rosters.student_ids(caller, subject_id, tx)

    async def rosters(
        self, caller: Caller, subject_ids: Collection[str], tx: Transaction | None = None
    ) -> Mapping[str, Sequence[str]]:
        """The ids of all students of each subject that the caller may touch; none for any other."""
        return await self._rosters.student_ids_of(caller, subject_ids, tx)

    async def roster_page(self, caller: Caller, subject_id: str, page: PageRequest) -> Page[RosterPlace]:
        await self.subject(caller, subject_id)
        return await self._rosters.page(caller, subject_id, page)

    async def by_codes(self, caller: Caller, codes: Sequence[str], tx: Transaction | None = None) -> dict[str, Subject]:
        """Those subjects that there are and the caller may touch, by code."""
        return {subject.code: subject for subject in await self._subjects.by_codes(caller, codes, tx)}

    async def enter_many(self, caller: Caller, places: Sequence[tuple[str, str]], tx: Transaction) -> None:
        """Put students on rosters where they are not yet: pairs of subject and student.

        Whoever enters them has looked that there is room, and notes it.
        """
        now = self._clock.now()
        rows = [
            RosterPlace(id=new_id(), subject_id=subject, student_id=student, added_at=now, added_by=caller.id)
            for subject, student in places
        ]
        await self._rosters.add_many(caller, rows, tx)
