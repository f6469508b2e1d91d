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
    """A student as kept. `user_id` is the account with which they sign in, if they have one."""

    roll_number: str
    name: str
    is_minor: bool
    created_at: datetime
    user_id: str | None = None


class Guardian(Document):
    """Somebody with care of one student. `user_id` is the account with which they sign in, if they have one."""

    student_id: str
    name: str
    email: str | None
    user_id: str | None = None
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
