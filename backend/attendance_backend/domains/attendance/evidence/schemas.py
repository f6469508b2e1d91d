"""What is looked for and taken away."""

from dataclasses import dataclass
from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from attendance_backend.domains.records.schemas import Attendance, AttendanceRecord, Source
from attendance_contract.models import Thresholds


@dataclass(frozen=True)
class Traces:
    """Where a student's face was seen: in photos taken before `until`, those of which the photo still lies there."""

    photos: frozenset[str]
    captures: int
    records: int


@dataclass(frozen=True)
class OldSession:
    """A session whose records have been kept long enough."""

    session_id: str
    subject_id: str
    date: str


@dataclass(frozen=True)
class OldPhoto:
    """A capture whose photo has been kept long enough."""

    capture_id: str
    submitted_at: datetime


class EvidenceView(BaseModel):
    """What a record rests on. Similarity and what follows are there only where it comes from a face."""

    model_config = ConfigDict(from_attributes=True)

    record_id: str
    status: Attendance
    source: Source
    at: datetime
    reason: str | None
    similarity: float | None = Field(description="cosine of the face and the enrolled one")
    distance: float | None = Field(description="calibrated: present is at most `thresholds.confident`")
    thresholds: Thresholds | None
    model: str | None
    photos: int | None = Field(description="photos of the session; with more of them it was judged more strictly")
    has_face: bool = Field(description="whether `face.jpg` may show the face it rests on, while the photo is kept")

    @classmethod
    def of(cls, record: AttendanceRecord) -> "EvidenceView":
        told = record.model_dump(include=set(cls.model_fields))
        last = record.history[-1]
        return cls(**told, record_id=record.id, reason=last.reason, has_face=record.face_index is not None)
