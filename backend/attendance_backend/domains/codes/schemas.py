"""A session's code and the check-ins as received, kept and shown. The secret of a code is in no view of it."""

import datetime as dt
from enum import StrEnum
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from attendance_backend.documents import Document
from attendance_backend.domains.identity.schemas import GivenId, Received
from attendance_backend.domains.teaching.schemas import SubjectLabel


class NewCode(Received):
    with_face: bool = Field(default=False, description="whether a photo of their own face is asked for after the code")


class SessionCode(Document):
    """How a session's codes are made; its id is the session's. The secret never leaves the server."""

    subject_id: str
    secret: bytes
    step_seconds: int
    with_face: bool
    started_at: dt.datetime
    started_by: str


class ShownCode(BaseModel):
    """What the class is shown now. Each code holds for its own step and the next."""

    session_id: str
    digits: str
    token: str = Field(description="what the QR code says")
    next_at: dt.datetime = Field(description="when to ask for the next code")
    step_seconds: int
    with_face: bool
    svg: str = Field(description="the QR code as an SVG element")


class OpenCheckIn(BaseModel):
    """A session whose class is shown a code now. What the code is, only the room knows."""

    session_id: str
    subject: SubjectLabel
    period: int
    starts_at: dt.datetime | None
    with_face: bool = Field(description="whether a photo of one's own face is asked for after the code")


class NewCheckIn(Received):
    """The token of the QR code, or a session and its six digits."""

    token: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    session_id: GivenId | None = None
    digits: Annotated[str, Field(pattern="^[0-9]{6}$")] | None = None

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if (self.token is None) == (self.digits is None) or (self.digits and self.session_id is None):
            raise ValueError("send a token, or session_id with digits")
        return self


class Refusal(StrEnum):
    """Why a code was refused, for the audit log."""

    UNKNOWN_SESSION = "no such session shows a code"
    OTHER_SESSION = "made for another session"
    NOT_ON_ROSTER = "not on the roster"
    EXPIRED = "its window is over"
    FORGED = "never shown"
    OTHER_FACE = "another face"


class CheckIn(Document):
    """A student who entered the code of a session. `device` is a digest of what their browser keeps, if it does.

    `face_by` is until when a photo has to follow; None: none is asked for, or it came and matched.
    """

    session_id: str
    subject_id: str
    student_id: str
    at: dt.datetime
    by: str
    device: str | None
    face_by: dt.datetime | None


class CheckInView(BaseModel):
    """A check-in as its student sees it."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    session_id: str
    student_id: str
    at: dt.datetime
    face_by: dt.datetime | None = Field(description="until when a photo of their face has to follow; null: none has to")


class SeenCheckIn(CheckInView):
    """A check-in as the teacher sees it."""

    shares_device: bool = Field(description="whether one device checked in several students of this session")


class Tries(Document):
    """How often a student was wrong about a session's code, and when last. The id is made of the two."""

    wrong: int
    at: dt.datetime
