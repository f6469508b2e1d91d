"""A term's report as shown."""

from pydantic import BaseModel, ConfigDict, Field

from attendance_backend.domains.reports.schemas import Report, Shown, Standing, Week
from attendance_backend.domains.teaching.schemas import SubjectLabel
from attendance_backend.paging import Page


class TermLabel(BaseModel):
    """Which term."""

    model_config = ConfigDict(from_attributes=True, frozen=True)

    id: str
    name: str


class Compared(Shown):
    """A term's standing, and another's."""

    standing: Standing
    before: Standing | None = Field(description="of the other term; null: nothing is recorded there, or there is none")
    change: float | None = Field(description="of the rate, in points to one decimal; null: one of them has none")


class SubjectCompared(Compared):
    subject: SubjectLabel


class TermReport(Report):
    """A term: all subjects that the caller may touch together, week by week, and a page of them by code."""

    term: TermLabel
    against: TermLabel | None = Field(description="the other term; null: there is none before")
    totals: Compared
    weeks: list[Week]
    subjects: Page[SubjectCompared]
