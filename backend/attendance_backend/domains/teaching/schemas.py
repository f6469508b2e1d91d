"""Subjects and roster places as received, kept and shown."""

import datetime as dt
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from attendance_backend.documents import Document
from attendance_backend.domains.identity.schemas import GivenId, Name, Received, not_null
from attendance_backend.domains.people.schemas import StudentView

MAX_TEACHERS = 50
MAX_ROSTER = 2_000
"""Larger classes than this are taught nowhere; a roster is read whole for a register."""
BEGINNING, END = "0001-01-01", "9999-12-31"
"""How a period without a first or last day is kept: text that sorts before and behind every other day."""
MAX_CODE = 50
Code = Annotated[str, Field(min_length=1, max_length=MAX_CODE)]
Teachers = Annotated[list[GivenId], Field(max_length=MAX_TEACHERS)]


class NewSubject(Received):
    code: Code
    name: Name
    teacher_ids: Teachers = Field(default_factory=list)


class SubjectChange(Received):
    """What is to be different; a field that is not sent stays as it is."""

    code: Code | None = None
    name: Name | None = None
    teacher_ids: Teachers | None = None
    archived: bool | None = Field(None, description="an archived one is planned no more; what was recorded stays")

    @model_validator(mode="after")
    def _has_what_every_subject_has(self) -> Self:
        return not_null(self, "code", "name", "teacher_ids", "archived")


class Subject(Document):
    """A subject as kept. `external_id` is what another system calls it."""

    code: str
    name: str
    teacher_ids: list[str]
    created_at: dt.datetime
    archived: bool = False
    external_id: str | None = None
    version: int = 1


class SubjectView(BaseModel):
    """A subject as shown."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    code: str
    name: str
    teacher_ids: list[str]
    created_at: dt.datetime
    archived: bool
    version: int


class SubjectLabel(BaseModel):
    """What a subject is called."""

    model_config = ConfigDict(from_attributes=True, frozen=True)

    id: str
    code: str
    name: str


class NewPeriod(Received):
    """When somebody is on a roster: from `joins_on` up to the day before `leaves_on`."""

    joins_on: dt.date | None = Field(None, description="the first day on the roster; null: from the beginning")
    leaves_on: dt.date | None = Field(None, description="the first day off it again; null: open")

    @model_validator(mode="after")
    def _has_a_day(self) -> Self:
        if self.joins_on and self.leaves_on and self.joins_on >= self.leaves_on:
            raise ValueError("leaves_on has to lie behind joins_on")
        return self

    def period(self) -> "Period":
        joins, leaves = self.joins_on, self.leaves_on
        return Period(
            joins_on=joins.isoformat() if joins else BEGINNING, leaves_on=leaves.isoformat() if leaves else END
        )


class NewPlace(NewPeriod):
    student_id: GivenId


class NewRoster(Received):
    """A whole roster. A student may be named several times, for several periods."""

    students: Annotated[list[NewPlace], Field(max_length=2 * MAX_ROSTER)]


class Period(BaseModel):
    """Days on a roster, as kept."""

    model_config = ConfigDict(frozen=True)

    joins_on: str = BEGINNING
    leaves_on: str = END


class Enrolment(Period):
    """A period as another system has told it, by its own id: what it tells next is compared with this."""

    external_id: str


class RosterPlace(Document):
    """One student on one subject's roster, in one or several periods. Older ones have none kept: they are always on.

    `enrolments` are those of another system that the periods come from; people may have changed the periods since.
    """

    subject_id: str
    student_id: str
    added_at: dt.datetime
    added_by: str
    periods: list[Period] = Field(default_factory=lambda: [Period()])
    enrolments: list[Enrolment] = Field(default_factory=list)


class PeriodView(BaseModel):
    """Days on a roster, as shown."""

    joins_on: dt.date | None
    leaves_on: dt.date | None

    @classmethod
    def of(cls, period: Period) -> "PeriodView":
        return cls.model_validate(
            {
                "joins_on": None if period.joins_on == BEGINNING else period.joins_on,
                "leaves_on": None if period.leaves_on == END else period.leaves_on,
            }
        )


class RosterStudent(StudentView):
    """A student on a roster, with the periods in which they are on it."""

    periods: list[PeriodView]


class RosterSet(BaseModel):
    """What setting a whole roster answers."""

    students: int
