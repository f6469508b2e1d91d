"""Reports as shown: counts, rates in per cent, who is at risk, and how far they are from the threshold."""

import datetime as dt
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from attendance_backend.domains.teaching.schemas import SubjectLabel
from attendance_backend.paging import Page

Percent = Annotated[int, Field(ge=0, le=100)]


class Shown(BaseModel):
    """Part of a report."""

    model_config = ConfigDict(frozen=True)


class Standing(Shown):
    """Records of a range of days in numbers. Excused ones are not counted; who left early is counted as there."""

    present: int
    late: int
    absent: int
    excused: int
    left_early: int
    attended: int = Field(description="present and late")
    counted: int = Field(description="present, late and absent")
    rate: float | None = Field(description="attended of counted in per cent, to one decimal; null: nothing is counted")


class Forecast(Shown):
    """How far somebody is from the threshold, if their next sessions go one way."""

    can_miss: int | None = Field(description="so many in a row, and the rate still holds; null: it is below already")
    must_attend: int | None = Field(
        description="so many in a row until the rate holds again; null: it holds, or never will again"
    )


class Outlook(Standing):
    """A standing, held against the threshold. Being at risk is judged exactly, not by the rounded rate."""

    at_risk: bool = Field(description="the rate is below the threshold")
    forecast: Forecast


class Week(Standing):
    """The records of an ISO week, or of its days in the range."""

    week: str = Field(description="its year and number", examples=["2026-W47"])
    monday: dt.date


class StudentLabel(Shown):
    """Who a student is."""

    id: str
    roll_number: str
    name: str


class Range(Shown):
    """The days that a report is about, both included."""

    since: dt.date = Field(serialization_alias="from")
    until: dt.date = Field(serialization_alias="to")


class Report(Range):
    """What every report of attendance tells: its days, and the threshold that it applied."""

    threshold: int = Field(description="in per cent")


class Ahead(Shown):
    """The lessons that the timetable still has for somebody in the running term, held against the threshold."""

    lessons_left: int
    must_attend: int | None = Field(description="so many of them for the term to end well; null: not even all do")
    can_miss: int | None = Field(description="so many of them, and the term still ends well; null: not even none do")


class SubjectOutlook(Outlook):
    subject: SubjectLabel
    ahead: Ahead | None = Field(description="null: the report is not about the running term from its first day on")


class StudentReport(Report):
    """One student: each subject, all of them together, and week by week."""

    student: StudentLabel
    subjects: list[SubjectOutlook]
    totals: Outlook
    weeks: list[Week]


class StudentOutlook(Outlook):
    student: StudentLabel


class SubjectReport(Report):
    """One subject: all its students together, week by week, and a page of them by roll number."""

    subject: SubjectLabel
    totals: Standing
    weeks: list[Week]
    students: Page[StudentOutlook]


class AtRisk(Outlook):
    """A student at risk in one subject."""

    student: StudentLabel
    subject: SubjectLabel


class Below(Shown):
    """Somebody below the threshold, in one subject or in several together."""

    student_id: str
    subject_ids: list[str]
    rate: float | None


class SubjectStanding(Standing):
    subject: SubjectLabel


class SchoolReport(Report):
    """All subjects that the caller may touch: together, week by week, and a page of them by code."""

    totals: Standing
    weeks: list[Week]
    subjects: Page[SubjectStanding]
