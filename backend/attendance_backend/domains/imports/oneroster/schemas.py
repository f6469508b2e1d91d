"""A OneRoster archive as it is read, what it would change, and the report of it. Cells are never told, only where."""

import datetime as dt
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from pydantic import BaseModel, Field

from attendance_backend.domains.imports.schemas import (
    MOST_ISSUES,
    Cells,
    FileFacts,
    ImportCounts,
    ImportMode,
    Issue,
    Severity,
)
from attendance_backend.ports.store import Transaction


class Kind(StrEnum):
    """The files that are read, by their names in the manifest."""

    SESSIONS = "academicSessions"
    ORGS = "orgs"
    COURSES = "courses"
    CLASSES = "classes"
    USERS = "users"
    ROLES = "roles"
    ENROLMENTS = "enrollments"

    @property
    def file(self) -> str:
        return f"{self.value}.csv"


class Processing(StrEnum):
    """What the manifest says of a file: there is none, it has everything, or it has what changed."""

    ABSENT = "absent"
    BULK = "bulk"
    DELTA = "delta"


class Area(StrEnum):
    """What an archive changes here."""

    TERMS = "terms"
    SUBJECTS = "subjects"
    STUDENTS = "students"
    TEACHERS = "teachers"
    GUARDIANS = "guardians"
    ROSTERS = "rosters"


class FileIssue(Issue):
    file: str


def error(file: str, line: int, column: str | None, code: str, message: str) -> FileIssue:
    """What keeps a row from being imported."""
    return FileIssue(file=file, line=line, column=column, code=code, message=message)


def warning(file: str, line: int, column: str | None, code: str, message: str) -> FileIssue:
    """What a person should know of a row that is imported, or left out on purpose."""
    return FileIssue(file=file, line=line, column=column, code=code, severity=Severity.WARNING, message=message)


class FileTold(BaseModel):
    """How a file of the archive was understood."""

    name: str
    processing: Processing
    refused: int = Field(description="rows with an error")
    file: FileFacts


class FileLeft(BaseModel):
    """A file of the archive that is not read."""

    name: str
    reason: str


class Change(ImportCounts):
    """What becomes of one kind of thing. `refused` is told by file, and 0 here."""

    ended: int = Field(0, description="archived or taken off a roster from today on")
    left_alone: int = Field(0, description="brought by an earlier archive, not in this one, and kept as it is")


class OneRosterReport(BaseModel):
    """What an import of an archive did, or with `dry_run` would have done."""

    id: str
    dry_run: bool
    mode: ImportMode
    imported: bool = Field(description="whether anything may have been kept: false for a dry run and a refusal")
    sha256: str
    size: int = Field(description="bytes")
    files: list[FileTold]
    files_left: list[FileLeft]
    changes: dict[Area, Change]
    issues: list[FileIssue]
    issues_not_listed: int = Field(description=f"how many there are beyond the first {MOST_ISSUES}")


@dataclass(frozen=True)
class Row:
    """What every row has. `deleted`: the archive says that there is no such thing any more."""

    line: int
    id: str
    deleted: bool


@dataclass(frozen=True)
class Session(Row):
    """An academic session; `until` is the first day after it, as OneRoster has it."""

    title: str
    type: str
    since: dt.date
    until: dt.date


@dataclass(frozen=True)
class Course(Row):
    title: str


@dataclass(frozen=True)
class Class(Row):
    title: str
    code: str
    course_id: str
    term_ids: Sequence[str]


@dataclass(frozen=True)
class Somebody(Row):
    """A user. `agent_ids` are users who act for them, or for whom they act."""

    name: str
    roll_number: str
    email: str | None
    enabled: bool
    agent_ids: Sequence[str]


@dataclass(frozen=True)
class RoleOf(Row):
    user_id: str
    role: str


@dataclass(frozen=True)
class Enrolment(Row):
    """Who learns or teaches in a class; from `since`, up to the day before `until`."""

    class_id: str
    user_id: str
    role: str
    primary: bool
    since: dt.date | None
    until: dt.date | None


@dataclass(frozen=True)
class FileRows:
    """The rows of one file whose cells are sound, each alone."""

    kind: Kind
    processing: Processing
    facts: FileFacts
    rows: Sequence[Cells]


@dataclass(frozen=True)
class Archive:
    """An archive whose rows are understood, each alone; what is missing of it is in `modes` as absent."""

    sha256: str
    size: int
    modes: Mapping[Kind, Processing]
    facts: Sequence[tuple[Kind, FileFacts]]
    files_left: Sequence[FileLeft]
    issues: Sequence[FileIssue]
    sessions: Sequence[Session]
    courses: Mapping[str, Course]
    classes: Sequence[Class]
    people: Sequence[Somebody]
    roles: Sequence[RoleOf]
    enrolments: Sequence[Enrolment]

    def has_all(self, kind: Kind) -> bool:
        """Whether what is not in this file is nowhere."""
        return self.modes[kind] is Processing.BULK


@dataclass
class Planned:
    """What is planned for one area: counts, issues, and the writing of it."""

    counts: Change = field(default_factory=Change)
    issues: list[FileIssue] = field(default_factory=list)
    writes: list[Callable[[Transaction], Awaitable[None]]] = field(default_factory=list)


@dataclass(frozen=True)
class ArchivePlan:
    """What an archive would do; `write` does it."""

    areas: Mapping[Area, Planned]
    issues: Sequence[FileIssue]

    @property
    def changes(self) -> int:
        counts = [planned.counts for planned in self.areas.values()]
        return sum(count.new + count.changed + count.ended for count in counts)

    async def write(self, tx: Transaction) -> None:
        for planned in self.areas.values():
            for write in planned.writes:
                await write(tx)
