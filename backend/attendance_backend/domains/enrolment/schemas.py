"""Enrolled faces as kept and the outcome of enrolling. No view of them holds a vector."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from pydantic import BaseModel, ConfigDict, Field

from attendance_backend.documents import Document
from attendance_backend.domains.identity.schemas import Caller
from attendance_contract.models import Quality


class FaceState(BaseModel):
    """What may be told of a student's face data."""

    consented: bool = False
    photos: int = Field(0, description="vectors kept, one a photo")
    model: str | None = Field(None, description="that made the vectors, as name@version")


class EnrolledPhoto(BaseModel):
    """A photo that was enrolled: its digest and date, not its content."""

    model_config = ConfigDict(frozen=True)

    sha256: str
    at: datetime
    by: str


class Template(Document):
    """All of a student's vectors of one model, as one encrypted value. `version` changes whenever they do."""

    student_id: str
    model: str
    version: str
    photos: list[EnrolledPhoto]
    vectors: bytes
    compared: bool = False
    """Whether these vectors were compared with the rest of the school."""


@dataclass(frozen=True)
class PhotoVector:
    """The vector of one photo, as base64 of little-endian float32."""

    vector: str
    photo: EnrolledPhoto


@dataclass(frozen=True)
class EnrolledVectors:
    """A student's vectors of one model, readable, and the template they come from (None: there are none yet)."""

    student_id: str
    model: str
    vectors: Sequence[PhotoVector]
    template: Template | None = None

    def holds(self, sha256: str) -> bool:
        return any(vector.photo.sha256 == sha256 for vector in self.vectors)

    def with_one_more(self, vector: PhotoVector) -> "EnrolledVectors":
        return replace(self, vectors=[*self.vectors, vector])


class PhotoOutcome(BaseModel):
    """What became of one photo; `reasons` say what to change."""

    index: int
    accepted: bool
    error_code: str | None = None
    reasons: list[str] = Field(default_factory=list)
    quality: Quality | None = None


class EnrolmentOutcome(BaseModel):
    """What became of the photos of one request."""

    accepted: int
    stored: int = Field(description="photos in all that the student is recognised by")
    photos: list[PhotoOutcome]


class Enroller(Protocol):
    """Looks at photos of one student: those that will do are kept, or in a dry run would be."""

    async def enrol(
        self, caller: Caller, student_id: str, photos: Sequence[bytes], *, dry_run: bool = False
    ) -> EnrolmentOutcome: ...
