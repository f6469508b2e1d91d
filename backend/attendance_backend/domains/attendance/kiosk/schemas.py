"""What a kiosk is told: no name and no id of anybody, and of its own photos numbers only."""

import datetime as dt

from pydantic import BaseModel, Field

from attendance_backend.domains.attendance.schemas import Capture, CaptureState
from attendance_backend.domains.timetable.schemas import RoomView
from attendance_contract.models import FaceStatus


class KioskSession(BaseModel):
    """A session that takes place in the kiosk's room now."""

    id: str
    subject: str = Field(description="the name of its subject")
    period: int
    starts_at: dt.datetime | None


class KioskView(BaseModel):
    """What a kiosk shows while nobody stands before it: usually one session, without any it is at rest."""

    room: RoomView
    sessions: list[KioskSession]


class KioskCapture(BaseModel):
    """A kiosk's own photo. Each number is 0 or 1: one person stands before it; all are 0 until it is recognised."""

    id: str
    session_id: str
    state: CaptureState
    error_code: str | None
    submitted_at: dt.datetime
    recognised: int = Field(description="somebody of this class, who needs do nothing more")
    to_confirm: int = Field(description="perhaps somebody of this class: the teacher looks at it")
    unknown: int = Field(description="nobody of this class, as far as can be told")

    @classmethod
    def of(cls, capture: Capture) -> "KioskCapture":
        names = ("id", "session_id", "state", "error_code", "submitted_at")
        found = [face.status for face in capture.recognition.faces] if capture.recognition else []
        return cls(
            **{name: getattr(capture, name) for name in names},
            recognised=found.count(FaceStatus.PRESENT),
            to_confirm=found.count(FaceStatus.UNCERTAIN),
            unknown=found.count(FaceStatus.UNKNOWN),
        )
