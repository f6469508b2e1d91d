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
class OldPhoto:
    """A capture whose photo has been kept long enough."""

    capture_id: str
    submitted_at: datetime
