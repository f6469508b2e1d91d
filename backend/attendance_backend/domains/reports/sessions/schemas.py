"""A session's report as shown: counts, where each status comes from, and what was changed since."""

import datetime as dt

from pydantic import Field

from attendance_backend.domains.attendance.schemas import SessionView
from attendance_backend.domains.records.schemas import Attendance, Source
from attendance_backend.domains.reports.schemas import Shown, Standing, StudentLabel
from attendance_backend.domains.teaching.schemas import SubjectLabel
from attendance_backend.paging import Page


class SessionLine(Shown):
    """One student's record. What follows `first` is null where nothing was changed since the first closing."""

    student: StudentLabel
    status: Attendance
    source: Source = Field(description="what the status rests on")
    similarity: float | None = Field(description="cosine of the face and the enrolled one, where it rests on a face")
    minutes_late: int | None
    left_at: dt.datetime | None
    reason: str | None
    first: Attendance = Field(description="what the record said when the session was first closed")
    changed_at: dt.datetime | None
    changed_by: str | None = Field(description="the account of whoever made the last change")


class SessionReport(Shown):
    """A closed session: its students in numbers, and a page of them by roll number."""

    session: SessionView
    subject: SubjectLabel
    totals: Standing
    sources: dict[Source, int] = Field(description="how many statuses rest on what")
    late_minutes: int = Field(description="of all who are late, together")
    changed: int = Field(description="students whose record was changed since the session was first closed")
    students: Page[SessionLine]
