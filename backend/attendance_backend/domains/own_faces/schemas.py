"""A challenge, a photo that waits for the office, and how both are shown. The photo itself lies sealed elsewhere."""

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from attendance_backend.documents import Document
from attendance_backend.domains.enrolment.schemas import FaceState
from attendance_backend.domains.identity.schemas import Received
from attendance_backend.domains.records.schemas import Reason
from attendance_contract.models import MAX_FRAMES, Challenge


class OwnFaceState(StrEnum):
    PENDING = "pending"
    CONFIRMED = "confirmed"
    REFUSED = "refused"


class LivenessChallenge(Document):
    """What one student is to do before the camera, once and soon."""

    student_id: str
    turn: Challenge
    expires_at: datetime


class ChallengeView(BaseModel):
    """Start while the face looks into the camera; send frames in their order, not mirrored."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    turn: Challenge = Field(description="where to turn the head, as the person sees left and right")
    frames_at_most: int = MAX_FRAMES
    expires_at: datetime


class Alike(BaseModel):
    """Another student who would be named for this face."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    student_id: str
    distance: float = Field(description="calibrated; at most the confident threshold")


class OwnFace(Document):
    """A photo of their own that a student sent. It is looked for by the id of this while it is pending."""

    student_id: str
    state: OwnFaceState
    media_type: str
    looks_like: list[Alike]
    submitted_at: datetime
    submitted_by: str
    decided_at: datetime | None = None
    decided_by: str | None = None
    reason: str | None = None


class OwnFaceView(BaseModel):
    """A photo that a student sent, as the office sees it."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    student_id: str
    state: OwnFaceState
    looks_like: list[Alike] = Field(description="students whose face it may be instead; more than one may be twins")
    submitted_at: datetime
    decided_at: datetime | None
    decided_by: str | None
    reason: str | None


class SentOwnFace(BaseModel):
    """A photo that waits or was decided on, as its student sees it."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    state: OwnFaceState
    submitted_at: datetime
    reason: str | None


class OwnFaceStatus(BaseModel):
    """The face by which a student is recognised, and the photo they last sent, if the office has to look at it."""

    face: FaceState
    last_sent: SentOwnFace | None


class OwnFaceRefusal(Received):
    reason: Reason
