"""What has been kept long enough."""

from dataclasses import dataclass
from datetime import datetime

from attendance_backend.domains.privacy.kept.schemas import Old


@dataclass(frozen=True)
class Due:
    """What goes next, some at a time: class photos taken before `photos_before`, records of days before `day`.

    `orphans` are photos that nothing tells of, left behind by a crash; `old` is what goes beside, by its collection.
    """

    photos_before: datetime
    photos: list[str]
    oldest_photo: datetime | None
    day: str | None
    days: list["OldDay"]
    orphans: list[str]
    old: Old

    def __bool__(self) -> bool:
        return bool(self.photos or self.days or self.orphans or self.old)


@dataclass(frozen=True)
class OldDay:
    """One subject's sessions of one day."""

    subject_id: str
    date: str
    session_ids: tuple[str, ...]


@dataclass(frozen=True)
class Removed:
    """How much went."""

    photos: int = 0
    sessions: int = 0
    records: int = 0
    orphans: int = 0
    others: int = 0
