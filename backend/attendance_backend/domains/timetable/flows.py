"""The timetable together with what became of its lessons: their sessions, which another domain keeps."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from attendance_backend.domains.attendance.schemas import Session
from attendance_backend.domains.attendance.service import SessionService
from attendance_backend.domains.identity.schemas import Caller
from attendance_backend.domains.substitutions.service import SubstitutionService
from attendance_backend.domains.teaching.policy import on_roster
from attendance_backend.domains.teaching.schemas import Subject, SubjectLabel
from attendance_backend.domains.teaching.service import TeachingService
from attendance_backend.domains.timetable.schemas import (
    Lesson,
    LessonState,
    LessonView,
    NewTimetable,
    Timetable,
    TimetableView,
    UntakenLesson,
    lesson_key,
)
from attendance_backend.domains.timetable.service import TimetableService
from attendance_backend.institution import Institution
from attendance_backend.paging import MAX_LIMIT, Page, PageRequest
from attendance_backend.ports.store import Transaction

Place = tuple[str, str, int]
"""Of a lesson and its session: subject, date and period."""


@dataclass(frozen=True)
class TimetableFlows:
    timetables: TimetableService
    teaching: TeachingService
    sessions: SessionService
    substitutions: SubstitutionService
    institution: Institution

    async def timetable(self, caller: Caller, subject_id: str) -> TimetableView:
        await self.teaching.subject(caller, subject_id)
        return _shown(await self.timetables.timetable(caller, subject_id))

    async def replace(
        self, caller: Caller, subject_id: str, new: NewTimetable, expected: int | None, tx: Transaction
    ) -> TimetableView:
        await self.teaching.subject(caller, subject_id, tx)
        return _shown(await self.timetables.replace(caller, subject_id, new, expected, tx))

    async def lessons(
        self, caller: Caller, first: dt.date, last: dt.date, subject_id: str | None, page: PageRequest
    ) -> Page[LessonView]:
        """The planned lessons from the first to the last day, each with what became of it.

        Raises:
            InvalidRequest, RangeTooLong: as `TimetableService.lessons` has it.
        """
        if caller.student_ids:
            return await self._attended(caller, first, last, subject_id, page)
        planned, subjects = await self._planned(caller, first, last, subject_id)
        found = _page(page, planned)
        became = await self._became(caller, found.items)
        return found.map(lambda lesson: LessonView.model_validate(became.of(lesson, subjects[lesson.subject_id])))

    async def _attended(
        self, caller: Caller, first: dt.date, last: dt.date, subject_id: str | None, page: PageRequest
    ) -> Page[LessonView]:
        """The lessons of the students that the caller is or has in their care, on days when they are on the roster.

        Who takes them, and by which id, is the staff's.
        """
        attended = await self.teaching.attended(caller)
        planned, subjects = await self._planned(caller.within(attended), first, last, subject_id)
        own = [one for one in planned if on_roster(attended[one.subject_id], one.date.isoformat())]
        found = _page(page, own)
        became = await self._became(caller, found.items)
        withheld = {"session_id": None, "substitute_id": None}
        return found.map(
            lambda one: LessonView.model_validate({**became.of(one, subjects[one.subject_id]), **withheld})
        )

    async def untaken(
        self, caller: Caller, first: dt.date, last: dt.date | None, page: PageRequest
    ) -> Page[UntakenLesson]:
        """The lessons that are over by now and have no session, or one that was never closed.

        Raises:
            InvalidRequest, RangeTooLong: as `TimetableService.lessons` has it.
        """
        here = await self.institution.here()
        planned, subjects = await self._planned(caller, first, last or here.today, None)
        over = [lesson for lesson in planned if lesson.ends_at <= here.now and _behind(page, lesson)]
        untaken: list[UntakenLesson] = []
        for start in range(0, len(over), MAX_LIMIT):
            some = over[start : start + MAX_LIMIT]
            became = await self._became(caller, some)
            shown = [became.untaken(lesson, subjects[lesson.subject_id]) for lesson in some]
            untaken += [one for one in shown if one.state in {LessonState.PLANNED, LessonState.OPEN}]
            if len(untaken) >= page.fetch:
                break
        rows = [
            {"_id": lesson_key(one.date, one.period, one.subject.id), "lesson": one} for one in untaken[: page.fetch]
        ]
        return page.cut(rows, lambda row: row["lesson"])

    async def _planned(
        self, caller: Caller, first: dt.date, last: dt.date, subject_id: str | None
    ) -> tuple[list[Lesson], Mapping[str, Subject]]:
        """The lessons of subjects that are still taught: the caller's, and those in which they stand in."""
        inside = caller.within(one.subject_id for one in caller.singles)
        planned = await self.timetables.lessons(inside, first, last, [subject_id] if subject_id else None)
        found = [lesson for lesson in planned if caller.may_open(*lesson.place)]
        subjects = await self.teaching.subjects(inside, {lesson.subject_id for lesson in found})
        taught = {subject.id for subject in subjects.values() if not subject.archived}
        return [lesson for lesson in found if lesson.subject_id in taught], subjects

    async def _became(self, caller: Caller, lessons: Sequence[Lesson]) -> "Became":
        """What became of these lessons, which the caller may see."""
        if not lessons:
            return Became({}, {})
        subjects, first, last = {lesson.subject_id for lesson in lessons}, lessons[0].date, lessons[-1].date
        found = await self.sessions.between(caller.within(subjects), subjects, first, last)
        sessions = {(session.subject_id, session.date, session.period): session for session in found}
        return Became(sessions, await self.substitutions.by_lesson(caller, first, last))


@dataclass(frozen=True)
class Became:
    """What became of lessons: their sessions, and who takes them for somebody else."""

    sessions: Mapping[Place, Session]
    substitutes: Mapping[Place, str]

    def of(self, lesson: Lesson, subject: Subject) -> dict[str, object]:
        session = self.sessions.get(lesson.place)
        return {
            **lesson.model_dump(exclude={"subject_id"}),
            "subject": SubjectLabel.model_validate(subject),
            "state": LessonState(session.state) if session else LessonState.PLANNED,
            "session_id": session and session.id,
            "substitute_id": self.substitutes.get(lesson.place),
        }

    def untaken(self, lesson: Lesson, subject: Subject) -> UntakenLesson:
        substitute = self.substitutes.get(lesson.place)
        teachers = [*subject.teacher_ids, *([substitute] if substitute else [])]
        return UntakenLesson.model_validate({**self.of(lesson, subject), "teacher_ids": teachers})


def _behind(page: PageRequest, lesson: Lesson) -> bool:
    return page.after is None or lesson.key > page.after.id


def _page(page: PageRequest, lessons: Iterable[Lesson]) -> Page[Lesson]:
    """A page of lessons that are sorted by their keys."""
    rows = [{"_id": lesson.key, "lesson": lesson} for lesson in lessons if _behind(page, lesson)]
    return page.cut(rows[: page.fetch], lambda row: row["lesson"])


def _shown(kept: Timetable) -> TimetableView:
    return TimetableView(subject_id=kept.id, version=kept.version, entries=kept.entries)
