"""What a OneRoster 1.2 archive consists of, and what its cells mean. It knows nothing of what is kept already.

Source: 1EdTech OneRoster 1.2 CSV binding, final release. Asked for are the columns that are used, no others.
"""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from pydantic import TypeAdapter, ValidationError

from attendance_backend.archives import Bounds
from attendance_backend.domains.identity.schemas import Email
from attendance_backend.domains.imports.oneroster.schemas import (
    Class,
    Course,
    Enrolment,
    FileIssue,
    Kind,
    Processing,
    RoleOf,
    Session,
    Somebody,
    error,
)
from attendance_backend.domains.imports.policy import composed, dangerous
from attendance_backend.domains.imports.schemas import Cells
from attendance_backend.domains.people.schemas import MAX_ROLL_NUMBER
from attendance_backend.spreadsheet import as_written

MEGABYTE = 1024 * 1024
MOST_BYTES = 32 * MEGABYTE
BOUNDS = Bounds(files=60, unpacked=128 * MEGABYTE, each=16 * MEGABYTE, ratio=200)
"""A file of 50,000 enrolments has 5 MB. Rows that differ by a number pack to a fiftieth, a bomb to a thousandth."""
MANIFEST = "manifest.csv"
VERSIONS = {"manifest.version": "1.0", "oneroster.version": "1.2"}
LONGEST_ID, LONGEST_TEXT = 255, 200
STUDENT, TEACHER = "student", "teacher"
GUARDIANS = frozenset(["guardian", "parent", "relative"])
LEVELS = ("term", "semester", "schoolYear")
"""Kinds of academic session that can be our terms, the finest first. Terms have no day in common; those of two do."""
_ACTIVE, _DELETED = "active", "tobedeleted"
_TEXTS = frozenset(["title", "givenName", "familyName", "preferredGivenName", "preferredFamilyName", "identifier"])
_EMAIL: TypeAdapter[str] = TypeAdapter(Email)


@dataclass(frozen=True)
class Form:
    """The columns of a file that are used, and those of them without which a row says nothing."""

    required: Sequence[str]
    optional: Sequence[str] = ()

    @property
    def columns(self) -> Sequence[str]:
        return ("sourcedId", "status", *self.required, *self.optional)


FORMS: Mapping[Kind, Form] = {
    Kind.SESSIONS: Form(("title", "type", "startDate", "endDate")),
    Kind.ORGS: Form(("type",)),
    Kind.COURSES: Form(("title",)),
    Kind.CLASSES: Form(("title",), ("classCode", "courseSourcedId", "termSourcedIds")),
    Kind.USERS: Form(
        ("enabledUser", "username", "givenName", "familyName"),
        ("identifier", "email", "agentSourcedIds", "preferredGivenName", "preferredFamilyName"),
    ),
    Kind.ROLES: Form(("userSourcedId", "role")),
    Kind.ENROLMENTS: Form(("classSourcedId", "userSourcedId", "role"), ("primary", "beginDate", "endDate")),
}


def wrong_cells(kind: Kind, processing: Processing, cells: Cells) -> list[FileIssue]:
    """What is wrong with the cells of a row, each looked at alone."""
    issues = []
    status = cells.get("status")
    if status not in {_ACTIVE, _DELETED} and (status or processing is Processing.DELTA):
        message = "Say active or tobedeleted; only a bulk file may say nothing."
        issues.append(error(kind.file, cells.line, "status", "UNKNOWN_STATUS", message))
    needed = () if status == _DELETED else FORMS[kind].required
    found = {
        column: _wrong_with(column, cells.get(column), is_needed=column in {"sourcedId", *needed})
        for column in FORMS[kind].columns
    }
    return issues + [error(kind.file, cells.line, column, *wrong) for column, wrong in found.items() if wrong]


def _wrong_with(column: str, cell: str, *, is_needed: bool) -> tuple[str, str] | None:
    if not cell:
        return ("EMPTY_CELL", "There has to be something here.") if is_needed else None
    longest = LONGEST_TEXT if column in _TEXTS else LONGEST_ID
    if not column.endswith("SourcedIds") and len(cell) > longest:
        return "TOO_LONG", f"At most {longest} characters."
    # An id is nothing that a person reads or a spreadsheet is given, and may begin as it likes.
    found = dangerous(cell)
    return None if found and found[0] == "FORMULA_CELL" and column not in _TEXTS else found


def session(cells: Cells) -> Session | FileIssue:
    days = {name: day(cells.get(name)) for name in ("startDate", "endDate")}
    since, until = days["startDate"], days["endDate"]
    deleted = is_deleted(cells)
    if deleted:
        since = until = dt.date.min
    if since is None or until is None:
        column = "startDate" if since is None else "endDate"
        return error(Kind.SESSIONS.file, cells.line, column, "NO_DATE", "Write the date as 2026-11-30.")
    if since >= until and not deleted:
        message = "The end lies not behind the start: it is the first day after the session."
        return error(Kind.SESSIONS.file, cells.line, "endDate", "DATES_REVERSED", message)
    return Session(cells.line, cells.get("sourcedId"), deleted, text(cells, "title"), cells.get("type"), since, until)


def course(cells: Cells) -> Course:
    return Course(cells.line, cells.get("sourcedId"), is_deleted(cells), text(cells, "title"))


def class_(cells: Cells) -> Class:
    return Class(
        cells.line,
        cells.get("sourcedId"),
        is_deleted(cells),
        text(cells, "title"),
        text(cells, "classCode"),
        cells.get("courseSourcedId"),
        ids(cells, "termSourcedIds"),
    )


def somebody(cells: Cells) -> Somebody | FileIssue:
    """The user of a row. Their name is the one that they go by, their roll number the school's own number."""
    given, family = [
        text(cells, preferred) or text(cells, legal)
        for preferred, legal in (("preferredGivenName", "givenName"), ("preferredFamilyName", "familyName"))
    ]
    deleted = is_deleted(cells)
    enabled = _truth(cells.get("enabledUser"))
    if enabled is None and not deleted:
        return error(Kind.USERS.file, cells.line, "enabledUser", "NOT_TRUE_OR_FALSE", "Say true or false.")
    roll_number = text(cells, "identifier") or text(cells, "username") or cells.get("sourcedId")
    if len(roll_number) > MAX_ROLL_NUMBER:
        column = "identifier" if cells.get("identifier") else "username"
        return error(Kind.USERS.file, cells.line, column, "TOO_LONG", f"At most {MAX_ROLL_NUMBER} characters.")
    try:
        email = _EMAIL.validate_python(cells.get("email")) if cells.get("email") else None
    except ValidationError:
        return error(Kind.USERS.file, cells.line, "email", "NO_EMAIL", "This is no e-mail address.")
    name = composed(f"{given} {family}".strip())[:LONGEST_TEXT]
    agents = ids(cells, "agentSourcedIds")
    return Somebody(cells.line, cells.get("sourcedId"), deleted, name, roll_number, email, bool(enabled), agents)


def role_of(cells: Cells) -> RoleOf:
    return RoleOf(cells.line, cells.get("sourcedId"), is_deleted(cells), cells.get("userSourcedId"), cells.get("role"))


def enrolment(cells: Cells) -> Enrolment | FileIssue:
    """The enrolment of a row."""
    since, until = day(cells.get("beginDate")), day(cells.get("endDate"))
    for column, found in (("beginDate", since), ("endDate", until)):
        if cells.get(column) and found is None:
            return error(Kind.ENROLMENTS.file, cells.line, column, "NO_DATE", "Write the date as 2026-11-30.")
    if since and until and since >= until:
        message = "The end lies not behind the beginning: it is the first day without them."
        return error(Kind.ENROLMENTS.file, cells.line, "endDate", "DATES_REVERSED", message)
    primary = bool(_truth(cells.get("primary")))
    who = (cells.get("classSourcedId"), cells.get("userSourcedId"), cells.get("role"))
    return Enrolment(cells.line, cells.get("sourcedId"), is_deleted(cells), *who, primary, since, until)


def level_of(sessions: Collection[Session]) -> str | None:
    """The kind of academic session that becomes our terms: the finest of those that are there."""
    there = {one.type for one in sessions if not one.deleted}
    return next((level for level in LEVELS if level in there), None)


def is_deleted(cells: Cells) -> bool:
    return cells.get("status") == _DELETED


def text(cells: Cells, column: str) -> str:
    """A cell as it is to be kept, its letters in one form; OneRoster writes NULL for nothing."""
    cell = as_written(cells.get(column))
    return "" if cell == "NULL" else composed(cell)


def ids(cells: Cells, column: str) -> list[str]:
    """The ids of a cell that has several."""
    return [one.strip() for one in cells.get(column).split(",") if one.strip()]


def day(cell: str) -> dt.date | None:
    """The day of a cell; what systems write behind it of a time is none of it."""
    try:
        return dt.date.fromisoformat(cell[:10])
    except ValueError:
        return None


def _truth(cell: str) -> bool | None:
    return {"true": True, "1": True, "false": False, "0": False}.get(cell.casefold())
