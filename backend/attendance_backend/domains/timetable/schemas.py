"""Terms, holidays, rooms and timetables as received, kept and shown; the lessons planned by them."""

import datetime as dt
from enum import StrEnum
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from attendance_backend.documents import Document
from attendance_backend.domains.identity.schemas import GivenId, Name, Received, not_null
from attendance_backend.domains.teaching.schemas import SubjectLabel

MAX_PERIOD = 24
MAX_ENTRIES = 200
MAX_DAYS = 62
"""Days that are planned at once: two months."""
ClockTime = Annotated[
    str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$", examples=["08:00"], description="local, HH:MM")
]
SchoolDay = Annotated[dt.date, Field(ge=dt.date(1970, 1, 1), le=dt.date(2199, 12, 31))]
"""Days for which the clock of every zone has a moment in UTC, with a margin."""


class Days(Received):
    """Days from the first to the last, both included."""

    first_day: SchoolDay
    last_day: SchoolDay

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.last_day < self.first_day:
            raise ValueError("last_day lies before first_day")
        return self


class NewTerm(Days):
    name: Name


class NewHoliday(Days):
    name: Name


class DaysChange(Received):
    """What is to be different; a field that is not sent stays as it is."""

    name: Name | None = None
    first_day: SchoolDay | None = None
    last_day: SchoolDay | None = None

    @model_validator(mode="after")
    def _has_what_all_have(self) -> Self:
        return not_null(self, "name", "first_day", "last_day")


class NamedDays(Document):
    """A term or a holiday as kept, its days as `YYYY-MM-DD`."""

    name: str
    first_day: str
    last_day: str
    external_id: str | None = None
    created_at: dt.datetime


class NamedDaysView(BaseModel):
    """A term or a holiday as shown."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    name: str
    first_day: dt.date
    last_day: dt.date


class NewRoom(Received):
    name: Name


class Room(Document):
    """A room as kept."""

    name: str
    created_at: dt.datetime


class RoomView(BaseModel):
    """A room as shown."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    name: str


class NewEntry(Received):
    """One lesson of a subject's week, or of every so many weeks."""

    weekday: Annotated[int, Field(ge=1, le=7, description="1 is Monday")]
    period: Annotated[int, Field(ge=1, le=MAX_PERIOD)]
    starts_at: ClockTime
    ends_at: ClockTime
    room_id: GivenId | None = None
    valid_from: SchoolDay | None = Field(None, description="null: as long as there are terms")
    valid_to: SchoolDay | None = Field(None, description="the last day; null: as long as there are terms")
    every_weeks: Annotated[int, Field(ge=1, le=8, description="1: each week; 2: A and B weeks")] = 1
    first_week: SchoolDay | None = Field(None, description="any day of a week in which it takes place")

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if self.ends_at <= self.starts_at:
            raise ValueError("ends_at has to lie behind starts_at")
        if self.valid_from and self.valid_to and self.valid_to < self.valid_from:
            raise ValueError("valid_to lies before valid_from")
        if self.every_weeks > 1 and self.first_week is None:
            raise ValueError("first_week has to say which of the weeks are meant")
        return self


class NewTimetable(Received):
    """A subject's whole timetable."""

    entries: Annotated[list[NewEntry], Field(max_length=MAX_ENTRIES)]


class Entry(BaseModel):
    """One lesson of a subject's week, as kept and shown; days as `YYYY-MM-DD`."""

    model_config = ConfigDict(frozen=True)

    weekday: int
    period: int
    starts_at: str
    ends_at: str
    room_id: str | None
    valid_from: str | None
    valid_to: str | None
    every_weeks: int
    first_week: str | None

    @classmethod
    def of(cls, new: NewEntry) -> "Entry":
        return cls(**new.model_dump(mode="json"))


class Timetable(Document):
    """A subject's timetable as kept; its id is the subject's. `version` is 0 as long as there is none."""

    entries: list[Entry]
    version: int


class TimetableView(BaseModel):
    """A subject's timetable as shown."""

    subject_id: str
    version: int
    entries: list[Entry]


def lesson_key(date: dt.date, period: int, subject_id: str) -> str:
    """What lessons are told apart and sorted by: there is one of a subject, day and period."""
    return f"{date}/{period:02}/{subject_id}"


class Lesson(BaseModel):
    """A lesson that the timetable plans."""

    model_config = ConfigDict(frozen=True)

    subject_id: str
    date: dt.date
    period: int
    starts_at: dt.datetime
    ends_at: dt.datetime
    room_id: str | None

    @property
    def key(self) -> str:
        return lesson_key(self.date, self.period, self.subject_id)

    @property
    def place(self) -> tuple[str, str, int]:
        """What the lesson shares with its session: subject, date and period."""
        return self.subject_id, self.date.isoformat(), self.period


class LessonState(StrEnum):
    """`planned`: nobody has opened a session of it; the others are its session's."""

    PLANNED = "planned"
    OPEN = "open"
    CLOSED = "closed"
    LOCKED = "locked"


class LessonView(BaseModel):
    """A planned lesson as shown, with what became of it."""

    subject: SubjectLabel
    date: dt.date
    period: int
    starts_at: dt.datetime
    ends_at: dt.datetime
    room_id: str | None
    state: LessonState
    session_id: str | None
    substitute_id: str | None = Field(description="the teacher who takes it for the subject's own")


class UntakenLesson(LessonView):
    """A lesson that is over and of which no attendance was taken, with those who could have."""

    teacher_ids: list[str]
