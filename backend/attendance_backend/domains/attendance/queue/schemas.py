"""How far a capture is in the queue, and the queue in numbers."""

import datetime as dt

from pydantic import Field

from attendance_backend.domains.attendance.schemas import Capture, CaptureState
from attendance_backend.domains.records.schemas import Frozen


class CaptureProgress(Frozen):
    """How far a capture is: nothing of whom it shows."""

    id: str
    session_id: str
    subject_id: str
    state: CaptureState
    error_code: str | None = Field(description="why it was given up, or why the last try brought nothing")
    submitted_at: dt.datetime
    attempts: int = Field(description="how often the ML service was asked")
    faults: int = Field(description="how often it was there and failed on this photo; after ten the photo is given up")
    next_try_at: dt.datetime | None = Field(description="null: nobody tries it again, or somebody does just now")
    has_photo: bool

    @property
    def waits(self) -> bool:
        return self.state in {CaptureState.RECEIVED, CaptureState.LEASED}

    @classmethod
    def of(cls, capture: Capture) -> "CaptureProgress":
        names = ("id", "session_id", "subject_id", "state", "error_code", "submitted_at", "attempts", "faults")
        told = {name: getattr(capture, name) for name in names}
        return cls(**told, next_try_at=capture.next_try_at, has_photo=capture.erased_at is None)


class SessionProgress(Frozen):
    """How far the photos of a session are."""

    session_id: str
    waiting: int
    captures: list[CaptureProgress]


class Backlog(Frozen):
    """The queue in numbers, each up to `MOST_COUNTED`."""

    received: int
    leased: int
    dead: int
    oldest: dt.datetime | None = Field(description="when the photo came in that waits longest")
