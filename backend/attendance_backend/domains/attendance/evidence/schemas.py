"""What is looked for and taken away."""

from dataclasses import dataclass
from datetime import datetime


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
