"""The manifest of an archive of everything, and what its tables call people and things."""

import datetime as dt
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field

from pydantic import BaseModel, Field

FORMAT, FORMAT_VERSION = "smart-attendance school", 1
"""The version grows when a column goes or means something else; new files and columns may come without."""
LEFT_OUT = (
    "face vectors and the photos they were made of",
    "class photos, and what was recognised on them",
    "passwords, sign-ins and links",
)
Rows = AsyncIterator[Sequence[Sequence[str]]]


class FileWritten(BaseModel):
    """One file of the archive. It is what was kept from `read_from` to `read_until`, row by row as it was read."""

    name: str
    rows: int
    sha256: str
    read_from: dt.datetime
    read_until: dt.datetime
    imported_by: str | None = Field(description="the route that takes the file back, if there is one")


class Manifest(BaseModel):
    """The last file of the archive: an archive without it is not whole."""

    format: str = FORMAT
    format_version: int = FORMAT_VERSION
    school: str
    time_zone: str
    files: list[FileWritten]
    left_out: Sequence[str] = LEFT_OUT


@dataclass(frozen=True)
class Names:
    """What tables call people and things, by their ids. One that came while the export ran is called by its id."""

    students: dict[str, str] = field(default_factory=dict)
    subjects: dict[str, str] = field(default_factory=dict)
    users: dict[str, str] = field(default_factory=dict)
    rooms: dict[str, str] = field(default_factory=dict)

    def student(self, student_id: str) -> str:
        return self.students.get(student_id, student_id)

    def subject(self, subject_id: str | None) -> str:
        return self.subjects.get(subject_id, subject_id) if subject_id else ""

    def user(self, user_id: str | None) -> str:
        return self.users.get(user_id, user_id) if user_id else ""

    def room(self, room_id: str | None) -> str:
        return self.rooms.get(room_id, room_id) if room_id else ""


@dataclass(frozen=True)
class Table:
    """A file to be written: `rows` begins to read it."""

    name: str
    header: Sequence[str]
    rows: Callable[[], Rows]
    imported_by: str | None = None
