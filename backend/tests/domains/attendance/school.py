"""A school inside the test's own process: real services and database, people without passwords, a clock to steer."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date

from backend.tests.conftest import inside
from backend.tests.simulator import photo_of

from attendance_backend.domains.attendance.flows import AttendanceFlows
from attendance_backend.domains.attendance.schemas import NewMark, NewSession, RollCall, SessionView, StudentMark
from attendance_backend.domains.consent.schemas import GivenBy, NewConsent, Purpose
from attendance_backend.domains.consent.service import ConsentService
from attendance_backend.domains.enrolment.flows import EnrolmentFlows
from attendance_backend.domains.identity.schemas import Caller, Role
from attendance_backend.domains.people.schemas import NewStudent
from attendance_backend.domains.people.service import PeopleService
from attendance_backend.domains.records.schemas import AttendanceRecord
from attendance_backend.domains.records.service import RecordService
from attendance_backend.domains.tallies.schemas import Counts
from attendance_backend.domains.tallies.service import TallyService
from attendance_backend.domains.teaching.schemas import NewSubject, Period
from attendance_backend.domains.teaching.service import TeachingService
from attendance_backend.ports.store import Transaction, Transactions
from attendance_backend.ports.testing import START, ManualClock
from attendance_backend.provide import Services

OFFICE = Caller("the-office", Role.ADMINISTRATOR)
DAY = START.date()


def name_of(number: int) -> str:
    """The student's name on played photos, which tells people apart by its first letter."""
    return f"{chr(ord('a') + number)}-student"


@dataclass
class School:
    """One subject with its teachers and students."""

    services: Services
    transactions: Transactions
    clock: ManualClock
    subject: str
    students: list[str]
    teachers: list[Caller]

    @property
    def teacher(self) -> Caller:
        return self.teachers[0]

    @property
    def flows(self) -> AttendanceFlows:
        return self.services.get(AttendanceFlows)

    async def enrol(self, number: int) -> None:
        """Let photos show a student, with consent."""
        student = self.students[number]
        consent = NewConsent(purpose=Purpose.FACE_RECOGNITION, text_version="1", given_by=GivenBy.STUDENT)
        gate = self.services.get(ConsentService)
        await self.transactions.run(lambda tx: gate.give(OFFICE, student, consent, tx))
        await self.services.get(EnrolmentFlows).enrol(OFFICE, student, [photo_of(name_of(number))])

    async def open(self, period: int = 1, day: date = DAY) -> SessionView:
        new = NewSession(subject_id=self.subject, date=day, period=period, starts_at=self.clock.now())
        return await self.transactions.run(lambda tx: self.flows.open(self.teacher, new, tx))

    async def call_roll(
        self, session_id: str, marks: Mapping[str, str | NewMark], *, close: bool = False, by: Caller | None = None
    ) -> None:
        """Mark students, by status or in full."""
        full = {s: m if isinstance(m, NewMark) else NewMark.model_validate({"status": m}) for s, m in marks.items()}
        roll = RollCall(marks=[StudentMark(student_id=s, **m.model_dump()) for s, m in full.items()], close=close)
        await self.transactions.run(lambda tx: self.flows.call_roll(by or self.teacher, session_id, roll, None, tx))

    async def records(self, session_id: str) -> dict[str, AttendanceRecord]:
        found = await self.services.get(RecordService).of_session(OFFICE, session_id)
        return {record.student_id: record for record in found}

    async def totals(self, since: date | str = DAY, until: date | str = DAY) -> dict[str, Counts]:
        """What is kept of each student, over a range of days."""
        kept = await self.services.get(TallyService).totals(OFFICE, str(since), str(until))
        return {student: counts for (_, student), counts in kept.items()}


@asynccontextmanager
async def a_school(
    environment: dict[str, str], students: int, teachers: int = 2, clock: ManualClock | None = None
) -> AsyncIterator[School]:
    clock = clock or ManualClock()
    async with inside(environment, clock) as (services, transactions):
        people, teaching = services.get(PeopleService), services.get(TeachingService)

        async def build(tx: Transaction) -> tuple[str, list[str]]:
            ids = [f"teacher-{number}" for number in range(teachers)]
            new = NewSubject(code="MATH-1", name="Mathematics", teacher_ids=ids)
            subject = await teaching.create(OFFICE, new, tx)
            made = [
                await people.create(OFFICE, NewStudent(roll_number=f"R-{number:03}", name=name_of(number)), tx)
                for number in range(students)
            ]
            for student in made:
                await teaching.enter(OFFICE, subject.id, student.id, Period(), tx)
            return subject.id, [student.id for student in made]

        subject_id, student_ids = await transactions.run(build)
        taught = frozenset([subject_id])
        callers = [Caller(f"teacher-{number}", Role.TEACHER, taught, frozenset()) for number in range(teachers)]
        yield School(services, transactions, clock, subject_id, student_ids, callers)
