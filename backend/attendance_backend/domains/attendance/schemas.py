"""Sessions and captures as received, kept and shown; the register that is made of them."""

import datetime as dt
from enum import StrEnum
from typing import Annotated, Self

from pydantic import BaseModel, Field, model_validator

from attendance_backend.documents import Document
from attendance_backend.domains.identity.schemas import GivenId, Received
from attendance_backend.domains.records.schemas import Attendance, Frozen, GivenStatus, Moment, Reason, Seen, Source
from attendance_backend.domains.tallies.faces.schemas import Photographed
from attendance_backend.domains.teaching.schemas import MAX_ROSTER, SubjectLabel
from attendance_contract.images import SHOWN_BY_BROWSERS
from attendance_contract.models import FaceStatus, Location, ModelId, Quality, Thresholds

MAX_PERIOD = 24
MAX_OPENED = 200
"""Sessions opened in one request."""


class SessionState(StrEnum):
    OPEN = "open"
    CLOSED = "closed"
    LOCKED = "locked"
    """Closed so long ago that its teacher can't change it any more."""


class RowStatus(StrEnum):
    PRESENT = "present"
    LATE = "late"
    ABSENT = "absent"
    EXCUSED = "excused"
    UNMARKED = "unmarked"


class NewSession(Received):
    subject_id: GivenId
    date: dt.date
    period: Annotated[int, Field(ge=1, le=MAX_PERIOD)]
    starts_at: Moment | None = Field(None, description="null: as planned, where the timetable has this lesson")
    room_id: GivenId | None = Field(None, description="null: as planned, where the timetable has this lesson")


class NewSessions(Received):
    sessions: Annotated[list[NewSession], Field(min_length=1, max_length=MAX_OPENED)]


class NewMark(GivenStatus):
    reason: Reason | None = None


class StudentMark(NewMark):
    student_id: GivenId


class RollCall(Received):
    """Marks of a class, each student once; `close` closes the session with them."""

    marks: Annotated[list[StudentMark], Field(max_length=MAX_ROSTER)]
    close: bool = False

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        if len({mark.student_id for mark in self.marks}) < len(self.marks):
            raise ValueError("a student is marked once in a request")
        return self


class NewDecision(Received):
    student_id: GivenId | None = Field(description="who the face is; null: nobody of this class")


class Mark(Frozen):
    """A person's draft mark of one student."""

    status: Attendance
    reason: str | None
    by: str
    at: dt.datetime
    source: Source = Source.MANUAL
    minutes_late: int | None = None
    left_at: dt.datetime | None = None


class Decision(Frozen):
    """A teacher's word on one face of one capture."""

    capture_id: str
    face_index: int
    student_id: str | None
    by: str
    at: dt.datetime


class Session(Document):
    """A session as kept. `version` grows with every change, so that two people can't overwrite each other unseen.

    `late_after_minutes` is what held when it was opened, and `locks_at` when it was closed: a later change of the
    institution's settings changes neither. `photographed` is what its photos showed when it was closed.
    """

    subject_id: str
    date: str
    period: int
    starts_at: dt.datetime | None
    state: SessionState
    version: int
    marks: dict[str, Mark]
    decisions: list[Decision]
    opened_at: dt.datetime
    opened_by: str
    closed_at: dt.datetime | None = None
    closed_by: str | None = None
    first_closed_at: dt.datetime | None = None
    locks_at: dt.datetime | None = None
    late_after_minutes: int | None = None
    room_id: str | None = None
    photographed: Photographed | None = None

    @property
    def day(self) -> dt.date:
        return dt.date.fromisoformat(self.date)


class SessionLine(Document):
    """A session as a line of a list that is long: without what was marked in it."""

    subject_id: str
    date: str
    period: int
    starts_at: dt.datetime | None = None
    state: SessionState
    opened_at: dt.datetime
    opened_by: str
    closed_at: dt.datetime | None = None
    closed_by: str | None = None
    room_id: str | None = None


class SessionView(Frozen):
    """A session as shown."""

    id: str
    subject_id: str
    date: dt.date
    period: int
    starts_at: dt.datetime | None
    state: SessionState
    version: int
    opened_at: dt.datetime
    opened_by: str
    closed_at: dt.datetime | None
    closed_by: str | None
    locks_at: dt.datetime | None = Field(description="from when on only the office corrects its records")
    late_after_minutes: int | None = Field(description="so long after its start nobody counts as late")
    room_id: str | None = Field(description="where it takes place: a kiosk there takes photos for it")


class OpenedSessions(BaseModel):
    """What opening many sessions answers, in the order they were asked for."""

    sessions: list[SessionView]


class CaptureState(StrEnum):
    RECEIVED = "received"
    LEASED = "leased"
    RECOGNISED = "recognised"
    FAILED = "failed"
    DEAD = "dead"


class Face(Frozen):
    """One face of a capture and who it may be. Distances are calibrated, similarities cosines."""

    index: int
    location: Location
    status: FaceStatus
    student_id: str | None
    distance: float | None
    similarity: float | None
    margin: float | None
    quality: Quality


class Recognition(Frozen):
    """What the ML service said of a capture, with the thresholds it applied."""

    width: int
    height: int
    faces: list[Face]
    thresholds: Thresholds
    model: ModelId
    calibration: str


class Capture(Document):
    """A capture as kept. The collection is the queue: what has a `due` waits for somebody to take it from then on."""

    session_id: str
    subject_id: str
    sha256: str
    content_type: str
    size: int
    state: CaptureState
    submitted_by: str
    submitted_at: dt.datetime
    request_id: str | None
    due: dt.datetime | None
    lease: str | None
    attempts: int = 0
    faults: int = 0
    error_code: str | None = None
    recognition: Recognition | None = None
    by_kiosk: bool = False
    erased_at: dt.datetime | None = None

    @property
    def pending(self) -> bool:
        return self.due is not None

    @property
    def next_try_at(self) -> dt.datetime | None:
        """From when on somebody may try it again; None: nobody does, or somebody is trying just now."""
        return self.due if self.state is CaptureState.RECEIVED else None

    @property
    def shown_as_sent(self) -> bool:
        """Whether a browser can show the photo itself; of others the ML service makes an upright JPEG."""
        return self.content_type in SHOWN_BY_BROWSERS

    @property
    def viewable(self) -> bool:
        """Whether there is something that a browser can show: the upright JPEG is kept before the recognition is."""
        return self.erased_at is None and (self.shown_as_sent or self.recognition is not None)


class DecidedView(Frozen):
    by: str
    student_id: str | None


class FaceView(Face):
    """A face as shown, with what the teacher decided."""

    decided: DecidedView | None = None


class CaptureView(BaseModel):
    """A capture as shown; width, height and what follows are there once it is recognised."""

    id: str
    session_id: str
    state: CaptureState
    error_code: str | None = Field(description="why it was given up, or why the last try brought nothing")
    submitted_at: dt.datetime
    attempts: int = Field(description="how often the ML service was asked")
    next_try_at: dt.datetime | None = Field(description="null: nobody tries it again, or somebody does just now")
    viewable: bool = Field(description="whether a browser can show the photo by now; HEIC once it was recognised")
    width: int | None = None
    height: int | None = None
    faces: list[FaceView] = Field(default_factory=list)
    thresholds: Thresholds | None = None
    model: str | None = None
    calibration: str | None = None

    @property
    def pending(self) -> bool:
        return self.state in {CaptureState.RECEIVED, CaptureState.LEASED}

    @classmethod
    def of(cls, capture: Capture, decisions: list[Decision]) -> "CaptureView":
        names = ("id", "session_id", "state", "error_code", "submitted_at", "attempts", "next_try_at", "viewable")
        told = {name: getattr(capture, name) for name in names}
        if capture.recognition is None:
            return cls(**told)
        decided = {d.face_index: DecidedView.model_validate(d) for d in decisions if d.capture_id == capture.id}
        faces = [FaceView(**dict(face), decided=decided.get(face.index)) for face in capture.recognition.faces]
        return cls(**told, **{**dict(capture.recognition), "faces": faces})


class CaptureSummary(Frozen):
    id: str
    state: CaptureState
    error_code: str | None
    submitted_at: dt.datetime
    attempts: int = Field(description="how often the ML service was asked")
    viewable: bool = Field(description="whether a browser can show the photo by now; HEIC once it was recognised")


class Sighting(Frozen):
    """A face that shows a student, or, without one, somebody unknown."""

    capture_id: str
    face_index: int
    student_id: str | None
    at: dt.datetime
    decided: bool
    status: FaceStatus
    location: Location
    distance: float | None
    similarity: float | None
    model: str
    thresholds: Thresholds
    by_kiosk: bool = False


class Proposal(Frozen):
    """What all photos of a session together say of a student, by their best sighting, and since when."""

    seen: Seen
    best: Sighting | None = None
    since: dt.datetime | None = None


class Row(Frozen):
    """One student's line in the register, without who they are."""

    student_id: str
    status: RowStatus
    proposal: Seen
    source: Source | None
    reason: str | None = None
    minutes_late: int | None = None
    left_at: dt.datetime | None = None
    best: Sighting | None = None
    photos: int


class RegisterRow(BaseModel):
    """One student's line in the register, as shown."""

    student_id: str
    roll_number: str
    name: str
    has_face: bool = Field(description="whether a face is enrolled; without one no photo can show the student")
    status: RowStatus
    proposal: Seen
    source: Source | None
    reason: str | None
    minutes_late: int | None
    left_at: dt.datetime | None = Field(description="when the student left before the end")
    similarity: float | None
    distance: float | None
    capture_id: str | None
    face_index: int | None
    record_id: str | None = Field(description="what to correct, once the session is closed")


class UnknownFace(Frozen):
    capture_id: str
    face_index: int
    location: Location


class Register(BaseModel):
    """A session's students and what is known of each, the faces nobody has a name for, and the captures."""

    session: SessionView
    subject: SubjectLabel
    students: list[RegisterRow]
    unknown_faces: list[UnknownFace]
    captures: list[CaptureSummary]


class Closed(BaseModel):
    """What closing a session answers."""

    session: SessionView
    records: int
    pending_captures: int = Field(description="photos not recognised yet; they change no record")


class RolledCall(BaseModel):
    """What a roll call answers; `records` are there once the session is closed."""

    session: SessionView
    marked: int
    records: int | None


class Tally(Frozen):
    """A register in numbers. Each student counts once: as present, late, excused, absent, to confirm or unmarked."""

    students: int
    present: int
    late: int
    excused: int
    absent: int = Field(description="recorded as absent; while the session is open, only those marked so by hand")
    to_confirm: int = Field(description="unmarked students whom the photos may show")
    unmarked: int = Field(description="students who are neither marked nor seen while the session is open")
    unknown_faces: int
    pending_captures: int
    failed_captures: int


class SessionOverview(Tally):
    """One session on the day's screen."""

    session: SessionView
    subject: SubjectLabel
