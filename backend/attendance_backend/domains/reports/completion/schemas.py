"""Completion as shown: what became of planned lessons, by subject, week and teacher."""

import datetime as dt
from enum import StrEnum

from pydantic import Field

from attendance_backend.domains.reports.schemas import Range, Shown
from attendance_backend.domains.tallies.schemas import Summed
from attendance_backend.domains.teaching.schemas import SubjectLabel
from attendance_backend.paging import Page


class Grouping(StrEnum):
    """What a row of the file is about."""

    TEACHER = "teacher"
    SUBJECT = "subject"
    WEEK = "week"


class Taken(Summed):
    """Lessons that are over, in numbers: each planned is taken or not, each taken closed in time, late or open."""

    planned: int = Field(0, description="by the timetable as it is now, in terms and on no holiday")
    taken: int = Field(0, description="of them, with a session")
    not_taken: int = 0
    opened_late: int = Field(0, description="of those taken, with a session that was opened when the lesson was over")
    closed_in_time: int = Field(0, description="of those taken, closed on the lesson's day")
    closed_late: int = Field(0, description="of those taken, closed on a later day")
    left_open: int = Field(0, description="of those taken, never closed")
    unplanned: int = Field(0, description="sessions of which the timetable has no lesson")


class Completion(Shown):
    lessons: Taken
    rate: float | None = Field(description="closed in time of planned, in per cent to one decimal; null: none planned")


class WeekCompletion(Completion):
    week: str = Field(description="its year and number", examples=["2026-W47"])
    monday: dt.date


class SubjectCompletion(Completion):
    subject: SubjectLabel


class TeacherLabel(Shown):
    """Who a teacher is."""

    id: str
    name: str


class TeacherCompletion(Completion):
    """The lessons that were a teacher's to take: those of their subjects, and those in which they were to stand in."""

    teacher: TeacherLabel
    by_others: int = Field(description="of those taken, by somebody else")
    stood_in: int = Field(description="lessons that they took and that were somebody else's; not among the others")


class CompletionReport(Range):
    """What became of the lessons: all together, week by week, and a page of subjects."""

    totals: Completion
    weeks: list[WeekCompletion]
    subjects: Page[SubjectCompletion]


class TeachersReport(Range):
    """What became of each teacher's lessons."""

    teachers: Page[TeacherCompletion]
