"""A session's report as a story: its records, with the names of its students; and the same as a table."""

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from attendance_backend.domains.attendance.errors import SessionNotClosed
from attendance_backend.domains.attendance.schemas import SessionState, SessionView
from attendance_backend.domains.attendance.service import SessionService
from attendance_backend.domains.identity.schemas import Caller
from attendance_backend.domains.records.schemas import AttendanceRecord
from attendance_backend.domains.records.service import RecordService
from attendance_backend.domains.reports.downloads.policy import ALL, STUDENT, at_once, student_cells
from attendance_backend.domains.reports.flows import ReportFlows
from attendance_backend.domains.reports.policy import standing, together
from attendance_backend.domains.reports.schemas import StudentLabel
from attendance_backend.domains.reports.sessions.schemas import SessionLine, SessionReport
from attendance_backend.institution import Institution
from attendance_backend.paging import PageRequest
from attendance_backend.tables import Cell, Table

LINE = ("Status", "Source", "Similarity", "Minutes late", "Left at", "Reason", "At first", "Changed at")


@dataclass(frozen=True)
class SessionReportFlows:
    reports: ReportFlows
    sessions: SessionService
    records: RecordService
    institution: Institution

    async def session(self, caller: Caller, session_id: str, page: PageRequest) -> SessionReport:
        """A closed session's report.

        Raises:
            NotFound: no such session for this caller.
            SessionNotClosed: nothing is recorded yet, or it is open again.
        """
        session = await self.sessions.session(caller, session_id)
        if session.state is SessionState.OPEN:
            raise SessionNotClosed
        records = {record.student_id: record for record in await self.records.of_session(caller, session_id)}
        # Who may see a session may know what its subject is called, also if they only stand in.
        may_know = replace(caller, subject_ids=frozenset([session.subject_id]))
        subject = (await self.reports.subject_labels(may_know, [session.subject_id]))[session.subject_id]
        people = await self.reports.student_labels(caller, records)
        rows = [{"_id": one.id, "roll_number": one.roll_number} for one in people.values()]

        def shown(row: Mapping[str, Any]) -> SessionLine:
            return _line(people[row["_id"]], records[row["_id"]])

        return SessionReport(
            session=SessionView.model_validate(session),
            subject=subject,
            totals=standing(together(record.counts for record in records.values())),
            sources=Counter(record.source for record in records.values()),
            late_minutes=sum(record.minutes_late or 0 for record in records.values()),
            changed=sum(len(record.history) > 1 for record in records.values()),
            students=page.of(rows, shown),
        )

    async def table(self, caller: Caller, session_id: str) -> Table:
        """As the report, with all students; times in the institution's time zone."""
        told = await self.session(caller, session_id, PageRequest(ALL, sort="roll_number"))
        zone = (await self.institution.here()).time_zone
        rows = [(*student_cells(line.student), *_cells(line, zone)) for line in told.students.items]
        what = f"{told.subject.code} {told.session.date} period {told.session.period}"
        counts = ", ".join(f"{number} {name}" for name, number in dict(told.totals).items() if name != "rate")
        lines = [f"{what}: {counts}", f"{told.changed} changed since it was first closed"]
        return Table(f"session {what}", f"{told.subject.name}, {what}", lines, (*STUDENT, *LINE), at_once(rows))


def _line(student: StudentLabel, record: AttendanceRecord) -> SessionLine:
    last = record.history[-1]
    is_changed = len(record.history) > 1
    told = record.model_dump(include={"status", "source", "similarity", "minutes_late", "left_at"})
    return SessionLine(
        **told,
        student=student,
        reason=last.reason,
        first=record.history[0].to,
        changed_at=last.at if is_changed else None,
        changed_by=last.by if is_changed else None,
    )


def _cells(line: SessionLine, zone: dt.tzinfo) -> tuple[Cell, ...]:
    similarity = None if line.similarity is None else round(line.similarity, 3)
    evidence = (line.status, line.source, similarity, line.minutes_late)
    return *evidence, _clock(line.left_at, zone), line.reason, line.first, _clock(line.changed_at, zone)


def _clock(moment: dt.datetime | None, zone: dt.tzinfo) -> str | None:
    return moment.astimezone(zone).isoformat(sep=" ", timespec="minutes") if moment else None
