"""Excuses as received, kept and shown. One holds for a range of days, in one subject or in all."""

import datetime as dt
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from attendance_backend.domains.corrections.schemas import Answerable, RequestState
from attendance_backend.domains.identity.schemas import GivenId, Received
from attendance_backend.domains.records.schemas import Reason

MAX_DAYS = 366


class AskedExcuse(Received):
    """For a range of days, both included."""

    since: Annotated[dt.date, Field(alias="from")]
    until: Annotated[dt.date, Field(alias="to")]
    subject_id: GivenId | None = Field(description="null: from all of the student's subjects")
    reason: Reason

    @model_validator(mode="after")
    def _is_a_range(self) -> Self:
        if not 0 <= (self.until - self.since).days < MAX_DAYS:
            raise ValueError(f"is no range of 1 to {MAX_DAYS} days")
        return self


class NewExcuse(AskedExcuse):
    student_id: GivenId


class Excuse(Answerable):
    """An excuse as kept; one that staff gave is granted at once."""

    student_id: str
    subject_id: str | None
    since: str
    until: str


class ExcuseView(BaseModel):
    """An excuse as shown."""

    model_config = ConfigDict(from_attributes=True, populate_by_name=True)

    id: str
    student_id: str
    subject_id: str | None
    since: str = Field(serialization_alias="from")
    until: str = Field(serialization_alias="to")
    reason: str
    state: RequestState
    asked_by: str
    asked_at: dt.datetime
    answer: str | None
    answered_by: str | None
    answered_at: dt.datetime | None
