"""The quality of recognition as shown: counts, and the rates that they bear."""

import datetime as dt
from enum import StrEnum

from pydantic import Field

from attendance_backend.domains.reports.schemas import Range, Shown
from attendance_backend.domains.tallies.faces.schemas import FaceCounts, Judged, Outcomes
from attendance_backend.domains.teaching.schemas import SubjectLabel
from attendance_backend.paging import Page


class Grouping(StrEnum):
    """What a row of the file is about."""

    SUBJECT = "subject"
    WEEK = "week"
    JUDGED = "judged"


class Rate(Shown):
    """A part of cases, in per cent to two decimals, with its 95 % interval (Wilson). Null: too few cases to tell."""

    count: int
    cases: int
    rate: float | None
    low: float | None
    high: float | None


class Quality(Shown):
    """What photos showed, what became of it, and the school's own rates."""

    sessions: int = Field(description="with at least one recognised photo")
    faces: FaceCounts
    outcomes: Outcomes
    false_matches: Rate = Field(description="of the students whom photos named: whose record says absent")
    misses: Rate = Field(description="of the students who were there: whom no photo showed")
    asked: Rate = Field(description="of the students who were there: whom photos offered to be confirmed")


class WeekQuality(Quality):
    week: str = Field(description="its year and number", examples=["2026-W47"])
    monday: dt.date


class SubjectQuality(Quality):
    subject: SubjectLabel


class JudgedQuality(Quality):
    judged: Judged | None = Field(description="null: sessions whose photos were judged in different ways")


class QualityReport(Range):
    """The quality of recognition: all together, week by week, by what faces were judged by, and a page of subjects."""

    totals: Quality
    weeks: list[WeekQuality]
    judged: list[JudgedQuality]
    subjects: Page[SubjectQuality]
    minimum_cases: int = Field(description="with fewer no rate is shown")
    caveats: list[str] = Field(description="what the rates can and can't say")
