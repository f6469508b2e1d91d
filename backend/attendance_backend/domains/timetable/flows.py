"""The timetable together with what became of its lessons: their sessions, which another domain keeps."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from attendance_backend.domains.attendance.schemas import Session
from attendance_backend.domains.attendance.service import SessionService
from attendance_backend.domains.identity.schemas import Caller
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

Key = tuple[str, str, int]


@dataclass(frozen=True)
class TimetableFlows:
    timetables: TimetableService
    teaching: TeachingService
    sessions: SessionService
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
        planned, subjects = await self._planned(caller, first, last, subject_id)
        found = _page(page, planned)
        sessions = await self._sessions(caller, found.items)
        return found.map(lambda lesson: _view(lesson, subjects[lesson.subject_id], sessions))

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
            sessions = await self._sessions(caller, some)
            shown = [_untaken(lesson, subjects[lesson.subject_id], sessions) for lesson in some]
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
        """The lessons of subjects that are still taught."""
        found = await self.timetables.lessons(caller, first, last, [subject_id] if subject_id else None)
        subjects = await self.teaching.subjects(caller, {lesson.subject_id for lesson in found})
        taught = {subject.id for subject in subjects.values() if not subject.archived}
        return [lesson for lesson in found if lesson.subject_id in taught], subjects

    async def _sessions(self, caller: Caller, lessons: Sequence[Lesson]) -> Mapping[Key, Session]:
        """The sessions of these lessons."""
        if not lessons:
            return {}
        subjects = {lesson.subject_id for lesson in lessons}
        found = await self.sessions.between(caller, subjects, lessons[0].date, lessons[-1].date)
        return {(session.subject_id, session.date, session.period): session for session in found}


def _behind(page: PageRequest, lesson: Lesson) -> bool:
    return page.after is None or lesson.key > page.after.id


def _page(page: PageRequest, lessons: Iterable[Lesson]) -> Page[Lesson]:
    """A page of lessons that are sorted by their keys."""
    rows = [{"_id": lesson.key, "lesson": lesson} for lesson in lessons if _behind(page, lesson)]
    return page.cut(rows[: page.fetch], lambda row: row["lesson"])


def _shown(kept: Timetable) -> TimetableView:
    return TimetableView(subject_id=kept.id, version=kept.version, entries=kept.entries)


def _fields(lesson: Lesson, subject: Subject, sessions: Mapping[Key, Session]) -> dict[str, object]:
    session = sessions.get((lesson.subject_id, lesson.date.isoformat(), lesson.period))
    return {
        **lesson.model_dump(exclude={"subject_id"}),
        "subject": SubjectLabel.model_validate(subject),
        "state": LessonState(session.state) if session else LessonState.PLANNED,
        "session_id": session and session.id,
    }


def _view(lesson: Lesson, subject: Subject, sessions: Mapping[Key, Session]) -> LessonView:
    return LessonView.model_validate(_fields(lesson, subject, sessions))


def _untaken(lesson: Lesson, subject: Subject, sessions: Mapping[Key, Session]) -> UntakenLesson:
    return UntakenLesson.model_validate({**_fields(lesson, subject, sessions), "teacher_ids": subject.teacher_ids})
