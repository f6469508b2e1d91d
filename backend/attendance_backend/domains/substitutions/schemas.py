"""Substitutions as received, kept and shown."""

import datetime as dt
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from attendance_backend.documents import Document
from attendance_backend.domains.identity.schemas import GivenId, Received
from attendance_backend.domains.timetable.schemas import MAX_PERIOD, SchoolDay


class NewSubstitution(Received):
    """Who takes which session."""

    subject_id: GivenId
    date: SchoolDay
    period: Annotated[int, Field(ge=1, le=MAX_PERIOD)]
    teacher_id: GivenId


class Substitution(Document):
    """A teacher who takes one session of a subject, as kept; the date as `YYYY-MM-DD`."""

    subject_id: str
    date: str
    period: int
    teacher_id: str
    named_at: dt.datetime
    named_by: str


class SubstitutionView(BaseModel):
    """A substitution as shown."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    subject_id: str
    date: dt.date
    period: int
    teacher_id: str
    named_at: dt.datetime
    named_by: str
