"""Students and their guardians as received, kept and shown."""

import datetime as dt
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from attendance_backend.documents import Document
from attendance_backend.domains.enrolment.schemas import FaceState
from attendance_backend.domains.identity.schemas import Email, Name, Received, not_null
from attendance_backend.domains.people import policy

MAX_ROLL_NUMBER = 50
RollNumber = Annotated[str, Field(min_length=1, max_length=MAX_ROLL_NUMBER)]
ExternalId = Annotated[
    str, Field(min_length=1, max_length=255, description="what another system calls the student: OneRoster's sourcedId")
]
Group = Annotated[
    str, Field(min_length=1, max_length=50, description="the class or year they are in, as the school calls it")
]
MAX_GUARDIANS = 20


class NewStudent(Received):
    roll_number: RollNumber
    name: Name
    is_minor: bool = Field(default=False, description="counts where the date of birth is not known")
    email: Email | None = None
    date_of_birth: dt.date | None = None
    external_id: ExternalId | None = None
    group: Group | None = None


class StudentChange(Received):
    """What is to be different; a field that is not sent stays as it is."""

    roll_number: RollNumber | None = None
    name: Name | None = None
    is_minor: bool | None = None
    email: Email | None = None
    date_of_birth: dt.date | None = None
    external_id: ExternalId | None = None
    group: Group | None = None

    @model_validator(mode="after")
    def _has_what_everybody_has(self) -> Self:
        return not_null(self, "roll_number", "name", "is_minor")


class Archiving(Received):
    on: dt.date | None = Field(None, description="the first day without them; today unless told")


class Student(Document):
    """A student as kept. `user_id` is the account with which they sign in, if they have one.

    `archived_on` is the first day without them; what was recorded of them stays.
    """

    roll_number: str
    name: str
    is_minor: bool
    created_at: dt.datetime
    user_id: str | None = None
    email: str | None = None
    date_of_birth: str | None = None
    external_id: str | None = None
    group: str | None = None
    archived: bool = False
    archived_on: str | None = None
    version: int = 1

    def is_minor_on(self, day: dt.date) -> bool:
        if self.date_of_birth is None:
            return self.is_minor
        return policy.is_minor(dt.date.fromisoformat(self.date_of_birth), day)


class NewGuardian(Received):
    name: Name
    email: Email | None = None


class GuardianChange(Received):
    """What is to be different; a field that is not sent stays as it is."""

    name: Name | None = None
    email: Email | None = None

    @model_validator(mode="after")
    def _has_what_everybody_has(self) -> Self:
        return not_null(self, "name")


class Guardian(Document):
    """Somebody with care of one student. `user_id` is the account with which they sign in, if they have one.

    `external_id` is what another system calls them: the same for each student in their care.
    """

    student_id: str
    name: str
    email: str | None
    user_id: str | None = None
    external_id: str | None = None
    created_at: dt.datetime


class GuardianView(BaseModel):
    """A guardian as shown."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    student_id: str
    name: str
    email: str | None
    user_id: str | None
    created_at: dt.datetime


class StudentView(BaseModel):
    """A student as shown, with the state of their face data and nothing of the data itself."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    roll_number: str
    name: str
    is_minor: bool = Field(description="today, by the date of birth where it is known")
    created_at: dt.datetime
    email: str | None
    date_of_birth: dt.date | None
    external_id: str | None
    group: str | None = Field(description="the class or year they are in")
    archived_on: dt.date | None
    version: int
    face: FaceState

    @classmethod
    def of(cls, student: Student, face: FaceState, today: dt.date) -> "StudentView":
        return cls(**{**student.model_dump(), "is_minor": student.is_minor_on(today), "face": face})
