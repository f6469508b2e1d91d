"""Completion as a story: lessons from the timetable, what became of them from the sessions, names from teaching."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from attendance_backend.domains.attendance.service import SessionService
from attendance_backend.domains.identity.schemas import SYSTEM, Caller
from attendance_backend.domains.identity.service import IdentityService
from attendance_backend.domains.reports.completion import policy
from attendance_backend.domains.reports.completion.schemas import (
    Completion,
    CompletionReport,
    Grouping,
    SubjectCompletion,
    Taken,
    TeacherCompletion,
    TeacherLabel,
    TeachersReport,
    WeekCompletion,
)
from attendance_backend.domains.reports.downloads.policy import ALL, SUBJECT, at_once, days_of, subject_cells
from attendance_backend.domains.reports.flows import Asked, ReportFlows
from attendance_backend.domains.reports.policy import week_of
from attendance_backend.domains.reports.schemas import Range
from attendance_backend.domains.substitutions.service import SubstitutionService
from attendance_backend.domains.timetable.service import TimetableService
from attendance_backend.institution import Institution
from attendance_backend.paging import MAX_LIMIT, PageRequest, next_page
from attendance_backend.tables import Cell, Table

LESSONS = ("Planned", "Taken", "Not taken", "Opened late", "Closed in time", "Closed late", "Left open", "Unplanned")
Header = tuple[str, ...]
Rows = Sequence[Sequence[Cell]]
COMPLETION = (*LESSONS, "In time %")
LINES = (
    "Planned are the lessons that are over, by the timetable as it is now. In time is what was closed on its own day.",
)


@dataclass(frozen=True)
class CompletionFlows:
    reports: ReportFlows
    timetables: TimetableService
    sessions: SessionService
    substitutions: SubstitutionService
    identity: IdentityService
    institution: Institution

    async def subjects(self, caller: Caller, asked: Asked, page: PageRequest) -> CompletionReport:
        """What became of the lessons of the subjects that the caller may touch.

        Raises:
            NotFound: no such term.
            InvalidRequest: the range is none.
        """
        about = await self.reports.about(caller, asked)
        found = [one for one in await self._held(caller, about) if caller.may_touch(one.subject_id)]
        by_subject = policy.by(found, lambda one: one.subject_id)
        labels = await self.reports.subject_labels(caller, by_subject)
        rows = [{"_id": one.id, "code": one.code} for one in labels.values()]

        def shown(row: Mapping[str, Any]) -> SubjectCompletion:
            return SubjectCompletion(**dict(policy.completion(by_subject[row["_id"]])), subject=labels[row["_id"]])

        by_week = policy.by(found, lambda one: one.monday)
        return CompletionReport(
            since=about.since,
            until=about.until,
            totals=policy.completion(policy.together(found)),
            weeks=[_week(dt.date.fromisoformat(monday), by_week[monday]) for monday in sorted(by_week)],
            subjects=page.of(rows, shown),
        )

    async def teachers(self, caller: Caller, asked: Asked, page: PageRequest) -> TeachersReport:
        """What became of each teacher's lessons: of all for the office, of their own for a teacher."""
        about = await self.reports.about(caller, asked)
        found = await self._held(caller, about)
        ids = {teacher for one in found for teacher in (*one.due, one.by) if teacher}
        users = await self.identity.by_ids(caller, sorted(ids if caller.subject_ids is None else ids & {caller.id}))
        rows = [{"_id": user.id, "name": user.name} for user in users.values()]

        def shown(row: Mapping[str, Any]) -> TeacherCompletion:
            mine = policy.share(found, row["_id"])
            crossed = {"by_others": mine.by_others, "stood_in": mine.stood_in}
            label = TeacherLabel(id=row["_id"], name=row["name"])
            return TeacherCompletion(**dict(policy.completion(mine.lessons)), **crossed, teacher=label)

        return TeachersReport(since=about.since, until=about.until, teachers=page.of(rows, shown))

    async def table(self, caller: Caller, asked: Asked, grouping: Grouping) -> Table:
        """As the reports: a row for each teacher, subject or week."""
        told, header, rows = await (
            self._teacher_rows(caller, asked)
            if grouping is Grouping.TEACHER
            else self._group_rows(caller, asked, grouping)
        )
        name = f"lessons by {grouping} {days_of(told)}"
        return Table(name, "Attendance taken", [days_of(told), *LINES], header, at_once(rows))

    async def _teacher_rows(self, caller: Caller, asked: Asked) -> tuple[Range, Header, Rows]:
        told = await self.teachers(caller, asked, PageRequest(ALL, sort="name"))
        rows = [(one.teacher.name, *_cells(one), one.by_others, one.stood_in) for one in told.teachers.items]
        return told, ("Teacher", *COMPLETION, "By others", "Stood in"), rows

    async def _group_rows(self, caller: Caller, asked: Asked, grouping: Grouping) -> tuple[Range, Header, Rows]:
        told = await self.subjects(caller, asked, PageRequest(ALL, sort="code"))
        totals = _cells(told.totals)
        if grouping is Grouping.WEEK:
            weeks = [(one.week, *_cells(one)) for one in told.weeks]
            return told, ("Week", *COMPLETION), [*weeks, ("All", *totals)]
        subjects = [(*subject_cells(one.subject), *_cells(one)) for one in told.subjects.items]
        return told, (*SUBJECT, *COMPLETION), [*subjects, ("", "All subjects", *totals)]

    async def _held(self, caller: Caller, about: Range) -> list[policy.Held]:
        """What became of the lessons that concern the caller: a teacher may stand in where they do not teach."""
        here = await self.institution.here()
        stand_ins = await self.substitutions.by_lesson(caller, about.since, about.until)
        taught = await self._taught(caller, {key[0] for key, who in stand_ins.items() if who == caller.id})
        lessons = await self.timetables.all_lessons(SYSTEM, about.since, about.until, list(taught))
        sessions = await self.sessions.between(SYSTEM, list(taught), about.since, about.until)
        found = policy.held(lessons, sessions, taught, stand_ins, here)
        return [one for one in found if caller.may_touch(one.subject_id) or one.concerns(caller.id)]

    async def _taught(self, caller: Caller, more: set[str]) -> dict[str, list[str]]:
        """The teachers of the caller's subjects and of more, by subject, of those that are still taught."""
        if caller.subject_ids is not None:
            subjects = await self.reports.teaching.subjects(SYSTEM, caller.subject_ids | more)
            return {one.id: one.teacher_ids for one in subjects.values() if not one.archived}
        taught: dict[str, list[str]] = {}
        page: PageRequest | None = PageRequest(MAX_LIMIT)
        while page:
            found = await self.reports.teaching.page(caller, {"archived": False}, page)
            taught.update({one.id: one.teacher_ids for one in found.items})
            page = next_page(page, found)
        return taught


def _week(monday: dt.date, counts: Taken) -> WeekCompletion:
    return WeekCompletion(**dict(policy.completion(counts)), week=week_of(monday), monday=monday)


def _cells(of: Completion) -> tuple[Cell, ...]:
    told = of.lessons
    taken = (told.planned, told.taken, told.not_taken, told.opened_late)
    return *taken, told.closed_in_time, told.closed_late, told.left_open, told.unplanned, of.rate
