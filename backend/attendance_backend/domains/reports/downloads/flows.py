"""Reports and records as tables for files: all rows of a report, and the records of a range a day at a time."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from attendance_backend.bulk import MOST_WRITTEN, pieces
from attendance_backend.domains.identity.schemas import Caller
from attendance_backend.domains.records.schemas import RecordLine
from attendance_backend.domains.records.service import RecordService
from attendance_backend.domains.reports.downloads.policy import (
    ALL,
    OUTLOOK,
    STANDING,
    STUDENT,
    SUBJECT,
    days_of,
    outlook_cells,
    report_table,
    standing_cells,
    student_cells,
    subject_cells,
)
from attendance_backend.domains.reports.flows import Asked, ReportFlows
from attendance_backend.domains.reports.schemas import Report, StudentLabel
from attendance_backend.domains.teaching.schemas import SubjectLabel
from attendance_backend.paging import PageRequest
from attendance_backend.tables import Cell, Rows, Table

RECORD = ("Date", *SUBJECT, *STUDENT, "Status", "Minutes late", "Left early", "Source")


@dataclass(frozen=True)
class _Names:
    """What the rows of a file call subjects and students, each asked for once."""

    subjects: dict[str, SubjectLabel] = field(default_factory=dict)
    students: dict[str, StudentLabel] = field(default_factory=dict)


@dataclass(frozen=True)
class DownloadFlows:
    reports: ReportFlows
    records: RecordService

    async def student(self, caller: Caller, student_id: str, asked: Asked) -> Table:
        """As the report, with the totals behind."""
        told = await self.reports.student(caller, student_id, asked)
        rows = [(*subject_cells(row.subject), *outlook_cells(row)) for row in told.subjects]
        rows.append(("", "All subjects", *outlook_cells(told.totals)))
        title = f"Attendance of {told.student.name}"
        name = f"attendance {told.student.roll_number}"
        return report_table(name, title, told, (*SUBJECT, *OUTLOOK), rows)

    async def subject(self, caller: Caller, subject_id: str, asked: Asked) -> Table:
        """As the report, with all its students."""
        told = await self.reports.subject(caller, subject_id, asked, PageRequest(ALL, sort="roll_number"))
        rows = [(*student_cells(row.student), *outlook_cells(row)) for row in told.students.items]
        title = f"Attendance in {told.subject.name} ({told.subject.code})"
        return report_table(f"attendance {told.subject.code}", title, told, (*STUDENT, *OUTLOOK), rows)

    async def at_risk(self, caller: Caller, asked: Asked, subject_id: str | None) -> Table:
        """As the report, all of it."""
        about = await self.reports.about(caller, asked)
        told = await self.reports.at_risk(caller, asked, subject_id, PageRequest(ALL, sort="rate"))
        rows = [(*student_cells(row.student), *subject_cells(row.subject), *outlook_cells(row)) for row in told.items]
        return report_table("students at risk", "Students at risk", about, (*STUDENT, *SUBJECT, *OUTLOOK), rows)

    async def school(self, caller: Caller, asked: Asked) -> Table:
        """As the report, with all its subjects, and the totals behind."""
        told = await self.reports.school(caller, asked, PageRequest(ALL, sort="code"))
        rows = [(*subject_cells(row.subject), *standing_cells(row)) for row in told.subjects.items]
        rows.append(("", "All subjects", *standing_cells(told.totals)))
        return report_table("attendance by subject", "Attendance by subject", told, (*SUBJECT, *STANDING), rows)

    async def all_records(self, caller: Caller, asked: Asked, subject_id: str | None) -> Table:
        """Every record of these days that the caller may touch, read while it is sent."""
        about = await self.reports.about(caller, asked, subject_id)
        rows = self._records(caller, about, subject_id)
        return Table(f"records {days_of(about)}", "Records", [], RECORD, rows)

    async def _records(self, caller: Caller, about: Report, subject_id: str | None) -> Rows:
        names = _Names()
        for day in _each_day(about.since, about.until):
            lines = await self.records.lines(caller, day.isoformat(), subject_id)
            await self._learn(caller, names, lines)
            for some in pieces(lines, MOST_WRITTEN):
                yield [_record(line, names) for line in some]

    async def _learn(self, caller: Caller, names: _Names, lines: Sequence[RecordLine]) -> None:
        """Ask for the names that are not known yet."""
        subjects = {line.subject_id for line in lines} - names.subjects.keys()
        students = {line.student_id for line in lines} - names.students.keys()
        names.subjects.update(await self.reports.subject_labels(caller, subjects))
        names.students.update(await self.reports.student_labels(caller, students))


def _each_day(since: dt.date, until: dt.date) -> Iterable[dt.date]:
    return (dt.date.fromordinal(day) for day in range(since.toordinal(), until.toordinal() + 1))


def _record(line: RecordLine, names: _Names) -> Sequence[Cell]:
    early = "yes" if line.left_at else "no"
    who = student_cells(names.students[line.student_id])
    return (
        line.date,
        *subject_cells(names.subjects[line.subject_id]),
        *who,
        line.status,
        line.minutes_late,
        early,
        line.source,
    )
