"""Finds what there is to tell by a rule, out of reports, records and the timetable. It looks, and changes nothing."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from attendance_backend.domains.attendance.schemas import Session, SessionState
from attendance_backend.domains.attendance.service import SessionService
from attendance_backend.domains.identity.schemas import SYSTEM
from attendance_backend.domains.institution.service import InstitutionService
from attendance_backend.domains.notices.policy import plain
from attendance_backend.domains.notices.recipients.service import RecipientService
from attendance_backend.domains.notices.rules.schemas import Rule
from attendance_backend.domains.notices.schemas import Audience, NoticeKind, Occasion, Recipient
from attendance_backend.domains.people.schemas import Student
from attendance_backend.domains.people.service import PeopleService
from attendance_backend.domains.records.schemas import Attendance
from attendance_backend.domains.records.service import RecordService
from attendance_backend.domains.reports.flows import ReportFlows
from attendance_backend.domains.teaching.schemas import Subject
from attendance_backend.domains.teaching.service import TeachingService
from attendance_backend.domains.timetable.flows import TimetableFlows
from attendance_backend.domains.timetable.schemas import UntakenLesson
from attendance_backend.institution import Place
from attendance_backend.paging import MAX_LIMIT, PageRequest, next_page

ONE_DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class _Found:
    """Something about a student, before it is known who is told."""

    student_id: str
    subject_ids: Sequence[str]
    values: Mapping[str, str]
    of_subject: str | None = None
    session_ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class OccasionFlows:
    recipients: RecipientService
    people: PeopleService
    teaching: TeachingService
    sessions: SessionService
    records: RecordService
    reports: ReportFlows
    timetable: TimetableFlows
    school: InstitutionService

    async def of_rule(self, rule: Rule, here: Place) -> list[Occasion]:
        """What the rule has to tell now, to whomever it tells."""
        if rule.kind is NoticeKind.UNTAKEN:
            return await self._untaken(rule, here)
        found = await (self._low(rule) if rule.kind is NoticeKind.LOW_ATTENDANCE else self._absent(here.today))
        return await self._about_students(rule, found, here.today)

    async def by_hand(
        self, subject: Subject, students: Sequence[Student], to: Iterable[Audience], number: str, today: dt.date
    ) -> list[Occasion]:
        """One occasion a student, known by the number of what is told by hand."""
        families = await self.recipients.families(students, NoticeKind.BY_HAND, list(to), today)
        shared = {"school": await self._school(), "subject": _label(subject)}
        return [
            Occasion(
                kind=NoticeKind.BY_HAND,
                date=today,
                recipients=tuple(families.get(student.id, [])),
                values={**shared, "student": plain(student.name)},
                student_id=student.id,
                subject_id=subject.id,
                number=number,
            )
            for student in students
        ]

    async def _low(self, rule: Rule) -> list[_Found]:
        about, below = await self.reports.below(SYSTEM, over_all=rule.over_all)
        subjects = await self.teaching.subjects(SYSTEM, {subject for one in below for subject in one.subject_ids})
        return [
            _Found(
                student_id=one.student_id,
                subject_ids=one.subject_ids,
                of_subject=None if rule.over_all else one.subject_ids[0],
                values={
                    "subject": ", ".join(_label(subjects[subject]) for subject in one.subject_ids),
                    "rate": str(one.rate),
                    "threshold": str(about.threshold),
                },
            )
            for one in below
        ]

    async def _absent(self, today: dt.date) -> list[_Found]:
        """Who was absent today, in sessions that are closed."""
        lines = await self.records.lines(SYSTEM, today.isoformat(), None)
        absent = [line for line in lines if line.status is Attendance.ABSENT]
        asked = {line.subject_id for line in absent}
        sessions = {one.id: one for one in await self.sessions.between(SYSTEM, asked, today, today)}
        subjects = await self.teaching.subjects(SYSTEM, asked)
        missed: dict[str, list[Session]] = defaultdict(list)
        for line in absent:
            session = sessions.get(line.session_id)
            if session and session.state is not SessionState.OPEN:
                missed[line.student_id].append(session)
        return [_absence(student, theirs, subjects) for student, theirs in missed.items()]

    async def _about_students(self, rule: Rule, found: Sequence[_Found], today: dt.date) -> list[Occasion]:
        students = await self.people.by_ids(SYSTEM, sorted({one.student_id for one in found}))
        there = {student.id: student for student in students if not student.archived}
        families = await self.recipients.families(list(there.values()), rule.kind, rule.to, today)
        subjects = await self.teaching.subjects(SYSTEM, {subject for one in found for subject in one.subject_ids})
        staff = await self._staff(rule, subjects.values())
        office = await self.recipients.office() if Audience.OFFICE in rule.to else []
        shared = {"school": await self._school()}

        def told(one: _Found) -> tuple[Recipient, ...]:
            teachers = [t for subject in one.subject_ids for t in subjects[subject].teacher_ids if t in staff]
            return (*families.get(one.student_id, []), *[staff[teacher] for teacher in teachers], *office)

        return [
            Occasion(
                kind=rule.kind,
                date=today,
                recipients=told(one),
                values={**one.values, **shared, "student": plain(there[one.student_id].name)},
                student_id=one.student_id,
                subject_id=one.of_subject,
                session_ids=one.session_ids,
            )
            for one in found
            if one.student_id in there
        ]

    async def _untaken(self, rule: Rule, here: Place) -> list[Occasion]:
        """The office is told of every lesson, a teacher of their own."""
        day = here.today - ONE_DAY if rule.day_before else here.today
        lessons = await self._untaken_lessons(day)
        office = await self.recipients.office() if Audience.OFFICE in rule.to else []
        asked = {teacher for lesson in lessons for teacher in lesson.teacher_ids}
        teachers = await self.recipients.teachers(asked if Audience.TEACHER in rule.to else ())
        school = await self._school()

        def occasion(to: tuple[Recipient, ...], of: Iterable[UntakenLesson]) -> Occasion:
            listed = "\n".join(_lesson(lesson, here) for lesson in of)
            return Occasion(NoticeKind.UNTAKEN, day, to, {"school": school, "lessons": listed})

        own = [((to,), [one for one in lessons if to.person_id in one.teacher_ids]) for to in teachers.values()]
        return [occasion(to, of) for to, of in [(tuple(office), lessons), *own] if of]

    async def _untaken_lessons(self, day: dt.date) -> list[UntakenLesson]:
        found: list[UntakenLesson] = []
        page: PageRequest | None = PageRequest(MAX_LIMIT)
        while page:
            some = await self.timetable.untaken(SYSTEM, day, day, page)
            found, page = [*found, *some.items], next_page(page, some)
        return found

    async def _staff(self, rule: Rule, subjects: Iterable[Subject]) -> Mapping[str, Recipient]:
        asked = {teacher for subject in subjects for teacher in subject.teacher_ids}
        return await self.recipients.teachers(asked if Audience.TEACHER in rule.to else ())

    async def _school(self) -> str:
        return plain((await self.school.settings(SYSTEM)).name)


def _absence(student_id: str, missed: Sequence[Session], subjects: Mapping[str, Subject]) -> _Found:
    ordered = sorted(missed, key=lambda session: (session.period, session.subject_id))
    listed = "\n".join(f"{session.period}: {_label(subjects[session.subject_id])}" for session in ordered)
    return _Found(
        student_id=student_id,
        subject_ids=sorted({session.subject_id for session in missed}),
        values={"lessons": listed},
        session_ids=tuple(session.id for session in ordered),
    )


def _label(subject: Subject) -> str:
    return plain(f"{subject.code} {subject.name}")


def _lesson(lesson: UntakenLesson, here: Place) -> str:
    begins = lesson.starts_at.astimezone(here.time_zone)
    return plain(f"{begins:%Y-%m-%d %H:%M} {lesson.subject.code} {lesson.subject.name}")
