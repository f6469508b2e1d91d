"""Records of attendance as kept and shown, and how they are corrected."""

import datetime as dt
from enum import StrEnum
from typing import Annotated, Self

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from attendance_backend.documents import Document
from attendance_backend.domains.identity.schemas import GivenId, Received
from attendance_backend.domains.tallies.faces.schemas import NO_OUTCOME, Outcomes
from attendance_backend.domains.tallies.schemas import Counts
from attendance_contract.models import Thresholds

MAX_CORRECTIONS = 200
MINUTES_A_DAY = 24 * 60
Reason = Annotated[str, Field(min_length=1, max_length=500)]


class Frozen(BaseModel):
    """Part of what is kept or shown."""

    model_config = ConfigDict(frozen=True, from_attributes=True)


class Attendance(StrEnum):
    PRESENT = "present"
    LATE = "late"
    ABSENT = "absent"
    EXCUSED = "excused"


class Seen(StrEnum):
    """What the photos say of a student."""

    PRESENT = "present"
    UNCERTAIN = "uncertain"
    NOT_SEEN = "not_seen"


THERE = frozenset([Attendance.PRESENT, Attendance.LATE])


class Source(StrEnum):
    """Where a status comes from."""

    FACE = "face"
    KIOSK = "kiosk"
    """The face that a kiosk saw."""
    CODE = "code"
    """The student entered the code that the class was shown."""
    MANUAL = "manual"
    EXCUSE = "excuse"
    """Excused in advance."""
    REQUEST = "request"
    """A correction that the student had asked for."""
    CLOSE = "close"
    """Nobody said anything until the session was closed."""


SEEN_BY = frozenset([Source.FACE, Source.KIOSK])
"""Sources that rest on a face."""
SAID = frozenset([Source.MANUAL, Source.REQUEST])
"""Sources that are a person's own word: closing a reopened session again keeps them."""


def as_kept(moment: dt.datetime) -> dt.datetime:
    """The moment in UTC, to the millisecond."""
    try:
        return moment.astimezone(dt.UTC).replace(microsecond=moment.microsecond // 1000 * 1000)
    except OverflowError as error:
        raise ValueError("is out of the calendar in UTC") from error


Moment = Annotated[AwareDatetime, AfterValidator(as_kept)]


class GivenStatus(Received):
    """What somebody says of a student. Who left early was there: that is a fact beside the status."""

    status: Attendance
    minutes_late: Annotated[int, Field(ge=0, le=MINUTES_A_DAY)] | None = None
    left_at: Moment | None = Field(None, description="when the student left before the end")

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if self.minutes_late is not None and self.status is not Attendance.LATE:
            raise ValueError("minutes_late is about a student who is late")
        if self.left_at is not None and self.status not in THERE:
            raise ValueError("left_at is about a student who was there: present or late")
        return self


class Correction(GivenStatus):
    reason: Reason


class RecordCorrection(Correction):
    record_id: GivenId


class Corrections(Received):
    """Several corrections, all or none; no record twice."""

    corrections: Annotated[list[RecordCorrection], Field(min_length=1, max_length=MAX_CORRECTIONS)]

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        if len({one.record_id for one in self.corrections}) < len(self.corrections):
            raise ValueError("a record is corrected once in a request")
        return self


_SAID_AS = {Seen.PRESENT: "named", Seen.UNCERTAIN: "offered", Seen.NOT_SEEN: "unseen"}


class FaceEvidence(Frozen):
    """What a status that comes from a face rests on, so that it can be explained later.

    `photos` are those with faces that the session had then: with more of them, the confident threshold was stricter.
    """

    similarity: float | None
    distance: float | None
    model: str
    thresholds: Thresholds
    capture_id: str
    face_index: int
    photos: int


class Entry(Frozen):
    """What is to be recorded of one student. `seen` is what photos alone say, of whom they could show."""

    student_id: str
    status: Attendance
    source: Source
    reason: str | None = None
    minutes_late: int | None = None
    left_at: dt.datetime | None = None
    evidence: FaceEvidence | None = None
    seen: Seen | None = None


class Change(Frozen):
    """One entry of a record's history."""

    model_config = ConfigDict(frozen=True, populate_by_name=True)

    at: dt.datetime
    by: str
    from_status: Attendance | None = Field(serialization_alias="from", validation_alias="from")
    to: Attendance
    source: Source
    reason: str | None
    minutes_late: int | None = None
    left_at: dt.datetime | None = None
    evidence: FaceEvidence | None = None


class RecordTold(Document):
    """A record as a line of an export: without its evidence and history.

    `date` is the session's; a record that an earlier version wrote has none until all are counted anew.
    """

    session_id: str
    subject_id: str
    student_id: str
    date: str = ""
    status: Attendance
    source: Source
    at: dt.datetime
    by: str
    minutes_late: int | None = None
    left_at: dt.datetime | None = None


class AttendanceRecord(RecordTold):
    """Whether one student attended one session, and how that came to be. Its history only grows.

    Similarity and what follows tell of the face that the present status comes from; they are empty when it comes from
    elsewhere, and those of earlier statuses are in the history. `seen` is what the photos alone said when the session
    was closed, before anybody looked; None where no photo could show the student.
    """

    similarity: float | None = None
    distance: float | None = None
    model: str | None = None
    thresholds: Thresholds | None = None
    capture_id: str | None = None
    face_index: int | None = None
    photos: int | None = None
    seen: Seen | None = None
    history: list[Change]

    def says(self, entry: Entry) -> bool:
        """Whether recording the entry would change nothing: its status, who says so, or why."""
        last = self.history[-1]
        told = (self.status, self.source, last.reason, self.minutes_late, self.left_at)
        return told == (entry.status, entry.source, entry.reason, entry.minutes_late, entry.left_at)

    @property
    def counts(self) -> Counts:
        """What the record adds to a tally."""
        return Counts(**{self.status: 1}, left_early=int(self.left_at is not None))

    @property
    def outcome(self) -> Outcomes:
        """What became of what the photos said of the student."""
        if self.seen is None:
            return NO_OUTCOME
        became = "there" if self.status in THERE else self.status
        return Outcomes(**{f"{_SAID_AS[self.seen]}_{became}": 1}, named_corrected=int(self._was_taken_back))

    @property
    def _was_taken_back(self) -> bool:
        by_face = any(change.source is Source.FACE and change.to in THERE for change in self.history)
        return self.seen is Seen.PRESENT and self.status is Attendance.ABSENT and by_face


class RecordLine(Frozen):
    """A record as a line of a list that is long: without its evidence and history."""

    session_id: str
    subject_id: str
    student_id: str
    date: str
    status: Attendance
    source: Source
    minutes_late: int | None = None
    left_at: dt.datetime | None = None


class ChangeTold(Frozen):
    """One entry of a record's history, without the face that it may rest on."""

    at: dt.datetime
    by: str
    from_status: Attendance | None = None
    to: Attendance
    source: Source
    reason: str | None = None
    minutes_late: int | None = None
    left_at: dt.datetime | None = None


class RecordHistory(Document):
    """A record's history alone."""

    history: list[ChangeTold]


class Corrected(BaseModel):
    """The records after their corrections, in the order in which they were sent."""

    records: list[AttendanceRecord]


class Recounted(Frozen):
    """What counting all records anew came to."""

    days: int = Field(description="subjects and days looked at")
    repaired: int = Field(description="those of which something else was kept")
