"""Consents as received, kept and shown, and the proof of one."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from attendance_backend.documents import Document
from attendance_backend.domains.identity.schemas import Name, Received


class Purpose(StrEnum):
    FACE_RECOGNITION = "face_recognition"


class GivenBy(StrEnum):
    STUDENT = "student"
    GUARDIAN = "guardian"


class EndedAs(StrEnum):
    WITHDRAWN = "withdrawn"
    SUPERSEDED = "superseded"
    ERASED = "erased"
    """With the face data, by whoever asked for its erasure."""


class NewConsent(Received):
    purpose: Purpose
    text_version: Annotated[str, Field(min_length=1, max_length=100)]
    given_by: GivenBy
    guardian_name: Name | None = None

    @model_validator(mode="after")
    def _guardian_is_named(self) -> Self:
        if (self.given_by is GivenBy.GUARDIAN) != (self.guardian_name is not None):
            raise ValueError("guardian_name goes with given_by guardian, and with nothing else")
        return self


@dataclass(frozen=True)
class Given:
    """A consent that was given on paper, perhaps some time ago."""

    student_id: str
    consent: NewConsent
    given_at: datetime


class OwnConsent(Received):
    """What somebody agrees to for themselves, or for the student in their care; who it is, the sign-in tells."""

    purpose: Purpose = Purpose.FACE_RECOGNITION
    text_version: Annotated[str, Field(min_length=1, max_length=100)]


class Withdrawal(Received):
    reason: Annotated[str, Field(max_length=500)] | None = None


class Ending(BaseModel):
    """When and why a consent stopped being in force."""

    model_config = ConfigDict(frozen=True)

    at: datetime
    by: str
    how: EndedAs
    reason: str | None = None


class Consent(Document):
    """A consent as kept; in force while it has no `ended`. Nothing of it is ever changed but that."""

    student_id: str
    purpose: Purpose
    text_version: str
    given_by: GivenBy
    guardian_name: str | None
    given_at: datetime
    recorded_by: str
    ended: Ending | None = None

    @property
    def in_force(self) -> bool:
        return self.ended is None


class ConsentView(BaseModel):
    """A consent as shown."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    student_id: str
    purpose: Purpose
    text_version: str
    given_by: GivenBy
    guardian_name: str | None
    given_at: datetime
    recorded_by: str
    in_force: bool
    ended: Ending | None


class ConsentedStudent:
    """A student whose face may be turned into a vector. Only `ConsentService.consented` makes one, out of the record.

    Raises:
        ValueError: the consent is for something else, or has ended.
    """

    __slots__ = ("consent_id", "student_id")

    def __init__(self, consent: Consent) -> None:
        if not consent.in_force or consent.purpose is not Purpose.FACE_RECOGNITION:
            raise ValueError("this consent does not cover face recognition")
        self.consent_id = consent.id
        self.student_id = consent.student_id
