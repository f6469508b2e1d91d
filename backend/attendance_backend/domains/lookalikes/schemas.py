"""A pair of students whose faces are too alike, as kept, shown and resolved."""

from datetime import datetime
from enum import StrEnum
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from attendance_backend.documents import Document
from attendance_backend.domains.identity.schemas import GivenId, Received


class CaseState(StrEnum):
    OPEN = "open"
    TWINS = "twins"
    """Two people: what matches one of them goes to a human from now on."""
    REMOVED = "removed"
    """One of the two enrolments was wrong, and is gone."""


class Answer(StrEnum):
    TWINS = "twins"
    WRONG_ENROLMENT = "wrong_enrolment"


class Resolution(Received):
    """What a human says: they are two people, or the face of `student_id` is not theirs."""

    answer: Answer
    student_id: GivenId | None = None

    @model_validator(mode="after")
    def _names_whose(self) -> Self:
        if (self.answer is Answer.WRONG_ENROLMENT) is not (self.student_id is not None):
            raise ValueError("student_id goes with wrong_enrolment, and with nothing else")
        return self


class Lookalikes(Document):
    """A case as kept. Its id is made of the two students, so there is one of a pair."""

    student_ids: list[str]
    state: CaseState
    distance: float
    found_at: datetime
    resolved_at: datetime | None = None
    resolved_by: str | None = None


class LookalikesView(BaseModel):
    """A case as shown."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    student_ids: list[str]
    state: CaseState
    distance: float = Field(description="calibrated; at most the confident threshold, at which a face counts as named")
    found_at: datetime
    resolved_at: datetime | None
    resolved_by: str | None


def case_id(one: str, other: str) -> str:
    """The id of a pair, whichever is named first."""
    return ".".join(sorted([one, other]))
