"""Counts of records: of one student, and of all students of a subject on one day."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Self

from pydantic import BaseModel, ConfigDict

from attendance_backend.documents import Document


class Summed(BaseModel):
    """Numbers that are added and taken off field by field."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    def __add__(self, other: Self) -> Self:
        return type(self)(**{name: getattr(self, name) + getattr(other, name) for name in type(self).model_fields})

    def __sub__(self, other: Self) -> Self:
        return type(self)(**{name: getattr(self, name) - getattr(other, name) for name in type(self).model_fields})


class Counts(Summed):
    """How many records there are of each status, and in how many of them somebody left early."""

    present: int = 0
    late: int = 0
    absent: int = 0
    excused: int = 0
    left_early: int = 0

    @property
    def records(self) -> int:
        """How many records were counted: who left early is counted as present or late as well."""
        return self.present + self.late + self.absent + self.excused


NONE = Counts()


class DayTally(Document):
    """The records of one subject on one day, counted by student. Its id is made of the two, so there is one."""

    subject_id: str
    date: str
    student_ids: list[str]
    students: dict[str, Counts]

    @classmethod
    def of(cls, subject_id: str, date: str, students: dict[str, Counts]) -> "DayTally":
        """A tally in the form in which two can be compared: nobody in it has no records."""
        counted = {student: counts for student, counts in sorted(students.items()) if counts != NONE}
        return cls(
            id=tally_id(subject_id, date), subject_id=subject_id, date=date, student_ids=list(counted), students=counted
        )


def tally_id(subject_id: str, date: str) -> str:
    """The id of a subject's tally of a day, given as YYYY-MM-DD."""
    return f"{subject_id}:{date}"


Numbers = Mapping[str, Mapping[str, int]]
"""By student and by field of `Counts`; what is left out is 0. A report reads thousands: no model is made of each."""


@dataclass(frozen=True)
class Days:
    """The records of one subject on days of one ISO week, which is known by its Monday, given as YYYY-MM-DD."""

    subject_id: str
    monday: str
    students: Numbers


def monday_of(day: str) -> str:
    """The first day of the ISO week of a day, both given as YYYY-MM-DD."""
    given = date.fromisoformat(day)
    return (given - timedelta(days=given.weekday())).isoformat()
