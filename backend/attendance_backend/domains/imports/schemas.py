"""Files as they are read, and the report of an import. A report tells where and what, never the cell itself."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from pydantic import BaseModel, Field

from attendance_backend.delimited import Line
from attendance_backend.domains.teaching.schemas import Period
from attendance_backend.domains.timetable.schemas import NewEntry
from attendance_backend.ports.store import Transaction

MOST_ISSUES = 1_000
"""Issues listed in a report; the CSV report has all of them."""


class ImportKind(StrEnum):
    STUDENTS = "students"
    ROSTERS = "rosters"
    CONSENTS = "consents"
    GUARDIANS = "guardians"
    TEACHERS = "teachers"
    TIMETABLE = "timetable"


class ImportMode(StrEnum):
    ALL = "all"
    """All rows or none."""
    VALID_ROWS = "valid_rows"
    """Each row stands for itself: those without an error."""


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"


class Issue(BaseModel):
    """What is wrong with one row: the line of the file where it begins, and the file's own name of the column."""

    line: int
    column: str | None
    code: str
    severity: Severity = Severity.ERROR
    message: str


class FileFacts(BaseModel):
    """How a file was understood."""

    sha256: str
    size: int = Field(description="bytes")
    encoding: str
    separator: str
    rows: int
    columns: dict[str, str] = Field(description="what each column that is used was taken for, by its name in the file")
    ignored_columns: list[str]


class ImportCounts(BaseModel):
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: int = 0


class ImportReport(BaseModel):
    """What an import did, or with `dry_run` would have done."""

    id: str
    kind: ImportKind
    dry_run: bool
    mode: ImportMode
    imported: bool = Field(description="whether anything may have been kept: false for a dry run and a refusal")
    file: FileFacts
    counts: ImportCounts
    issues: list[Issue]
    issues_not_listed: int = Field(description=f"how many there are beyond the first {MOST_ISSUES}")


@dataclass(frozen=True)
class Cells:
    """One row by our names of its columns, stripped; a column that the file has not is not in it."""

    line: int
    by_field: Mapping[str, str]

    def get(self, name: str) -> str:
        return self.by_field.get(name, "")


@dataclass(frozen=True)
class Sheet:
    """A file whose columns are understood. `columns` has the file's name of each by ours."""

    facts: FileFacts
    columns: Mapping[str, str]
    header: Line
    lines: Sequence[Line]
    rows: Sequence[Cells]
    issues: Sequence[Issue]


@dataclass(frozen=True)
class Row:
    """What every row has: the line of the file where it begins."""

    line: int


@dataclass(frozen=True)
class StudentRow(Row):
    """`is_minor` and `group` are None where the file does not tell: an earlier answer stays."""

    roll_number: str
    name: str
    is_minor: bool | None
    group: str | None


@dataclass(frozen=True)
class RosterRow(Row):
    """`period` is None where the file has no days: then it is about today."""

    subject_code: str
    roll_number: str
    period: Period | None = None


@dataclass(frozen=True)
class ConsentRow(Row):
    roll_number: str
    given_by: str
    guardian_name: str | None
    text_version: str
    given_on: date


@dataclass(frozen=True)
class GuardianRow(Row):
    """Somebody with care of one student; `external_id` is what another system calls them."""

    roll_number: str
    name: str
    email: str | None
    external_id: str | None


@dataclass(frozen=True)
class TeacherRow(Row):
    email: str
    name: str


@dataclass(frozen=True)
class LessonRow(Row):
    """A lesson of a subject's week. `room` is the room's name, empty where none is told; `entry` has no room yet."""

    subject_code: str
    room: str
    entry: NewEntry


Refusal = tuple[str, str, str]
"""Our name of the column, code and message of what is wrong with a row."""


@dataclass(frozen=True)
class Plan:
    """What an import would do; `write` does it, and nothing else of the plan touches anything."""

    write: Callable[[Transaction], Awaitable[None]]
    counts: ImportCounts
    issues: Sequence[Issue] = field(default_factory=list)

    @property
    def changes(self) -> int:
        return self.counts.new + self.counts.changed


@dataclass(frozen=True)
class ImportAsked:
    kind: ImportKind
    mode: ImportMode
    dry_run: bool
