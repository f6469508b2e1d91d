"""Students as received, kept and shown."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from attendance_backend.documents import Document
from attendance_backend.domains.enrolment.schemas import FaceState
from attendance_backend.domains.identity.schemas import Name, Received

RollNumber = Annotated[str, Field(min_length=1, max_length=50)]


class NewStudent(Received):
    roll_number: RollNumber
    name: Name
    is_minor: bool = False


class Student(Document):
    """A student as kept."""

    roll_number: str
    name: str
    is_minor: bool
    created_at: datetime


class StudentView(BaseModel):
    """A student as shown, with the state of their face data and nothing of the data itself."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    roll_number: str
    name: str
    is_minor: bool
    created_at: datetime
    face: FaceState

    @classmethod
    def of(cls, student: Student, face: FaceState) -> "StudentView":
        return cls(**student.model_dump(), face=face)
