"""Subjects and roster places as received, kept and shown."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from attendance_backend.documents import Document
from attendance_backend.domains.identity.schemas import GivenId, Name, Received

MAX_TEACHERS = 50
MAX_ROSTER = 2_000
"""Larger classes than this are taught nowhere; a roster is read whole for a register."""


class NewSubject(Received):
    code: Annotated[str, Field(min_length=1, max_length=50)]
    name: Name
    teacher_ids: list[GivenId] = Field(default_factory=list, max_length=MAX_TEACHERS)


class Subject(Document):
    """A subject as kept."""

    code: str
    name: str
    teacher_ids: list[str]
    created_at: datetime


class SubjectView(BaseModel):
    """A subject as shown."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    code: str
    name: str
    teacher_ids: list[str]
    created_at: datetime


class SubjectLabel(BaseModel):
    """What a subject is called."""

    model_config = ConfigDict(from_attributes=True, frozen=True)

    id: str
    code: str
    name: str


class RosterPlace(Document):
    """One student on one subject's roster."""

    subject_id: str
    student_id: str
    added_at: datetime
    added_by: str
