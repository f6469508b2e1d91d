"""Reports by class as shown."""

from pydantic import Field

from attendance_backend.domains.reports.schemas import Report, Standing, StudentOutlook, SubjectStanding, Week
from attendance_backend.paging import Page


class GroupStanding(Standing):
    """One class."""

    group: str | None = Field(description="null: students who are in none")
    students: int = Field(description="of them, those with records in these days")


class GroupsReport(Report):
    """All classes: together, week by week, and a page of them by name."""

    totals: Standing
    weeks: list[Week]
    groups: Page[GroupStanding]


class GroupReport(Report):
    """One class: all together, week by week, by subject, and a page of its students by roll number."""

    group: str
    totals: Standing
    weeks: list[Week]
    subjects: list[SubjectStanding]
    students: Page[StudentOutlook]
