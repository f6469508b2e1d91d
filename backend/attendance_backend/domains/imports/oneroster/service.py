"""Reads a OneRoster archive into rows by what its columns mean, and writes the report. It keeps nothing."""

import hashlib
import io
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import TypeVar

from attendance_backend.archives import files_of, open_archive
from attendance_backend.delimited import TableUnreadable, read_table
from attendance_backend.documents import new_id
from attendance_backend.domains.imports.oneroster import policy
from attendance_backend.domains.imports.oneroster.errors import NoOneRoster
from attendance_backend.domains.imports.oneroster.schemas import (
    Archive,
    ArchivePlan,
    FileIssue,
    FileLeft,
    FileRows,
    FileTold,
    Kind,
    OneRosterReport,
    Processing,
    Row,
    error,
    warning,
)
from attendance_backend.domains.imports.policy import folded
from attendance_backend.domains.imports.schemas import MOST_ISSUES, Cells, ImportMode, Severity
from attendance_backend.domains.imports.service import facts_of
from attendance_backend.spreadsheet import csv_bytes

R = TypeVar("R", bound=Row)
Line = tuple[str, int]
NOT_USED = "Nothing in it is kept here."
NOT_DECLARED = "The manifest does not say that it is there."


def read_archive(content: bytes) -> Archive:
    """An archive with every row judged alone.

    Raises:
        ArchiveUnreadable: it is no ZIP, or would unpack to more than a school has.
        NoOneRoster: it has no manifest of OneRoster 1.2.
    """
    files, left, issues = _unpacked(content)
    modes = _modes(files.pop(policy.MANIFEST, None))
    left += [FileLeft(name=name, reason=_why_left(name)) for name in files if _is_left(name, modes)]
    tables = list[FileRows]()
    for kind in Kind:
        if modes[kind] is Processing.ABSENT:
            continue
        if kind.file not in files:
            message = "The manifest says that this file is there, and it is not."
            issues.append(error(kind.file, 0, None, "FILE_MISSING", message))
            continue
        rows, wrong = _rows(kind, modes[kind], files[kind.file])
        issues += wrong
        tables += [rows] if rows else []
    if all(mode is Processing.ABSENT for mode in modes.values()):
        raise NoOneRoster("The manifest says that there is nothing to import.", reasons=["empty"])
    return _archive(content, modes, left, issues, {table.kind: table for table in tables})


def _unpacked(content: bytes) -> tuple[dict[str, bytes], list[FileLeft], list[FileIssue]]:
    """The files of the ZIP by name; one that may not be read is left, with the reason, and an error where it counts."""
    files, left, issues = dict[str, bytes](), list[FileLeft](), list[FileIssue]()
    known = {policy.MANIFEST, *(kind.file for kind in Kind)}
    with open_archive(io.BytesIO(content), policy.BOUNDS) as archive:
        for file in files_of(archive, policy.BOUNDS):
            code = file.error_code or ("ENTRY_TWICE" if file.name in files else None)
            if code is None:
                files[file.name] = file.content
                continue
            left.append(FileLeft(name=file.name[: policy.LONGEST_TEXT], reason=code))
            if file.name in known:
                issues.append(error(file.name, 0, None, code, "The file can't be read out of the ZIP."))
    return files, left, issues


def _is_left(name: str, modes: Mapping[Kind, Processing]) -> bool:
    return all(name != kind.file or mode is Processing.ABSENT for kind, mode in modes.items())


def _why_left(name: str) -> str:
    return NOT_DECLARED if any(name == kind.file for kind in Kind) else NOT_USED


def _modes(manifest: bytes | None) -> dict[Kind, Processing]:
    """What the manifest says of each file.

    Raises:
        NoOneRoster: there is none, it is of another version, or says something else of a file.
    """
    if manifest is None:
        raise NoOneRoster(f"There is no {policy.MANIFEST} at the top of the ZIP.", reasons=["no_manifest"])
    try:
        table = read_table(manifest, lambda header: sum(folded(cell) in {"propertyname", "value"} for cell in header))
    except TableUnreadable as refusal:
        raise NoOneRoster(f"{policy.MANIFEST}: {refusal.detail}", reasons=["manifest_unreadable"]) from refusal
    told = {line.cells[0].strip(): line.cells[1].strip() for line in table.lines if len(line.cells) > 1}
    for name, version in policy.VERSIONS.items():
        if told.get(name) != version:
            raise NoOneRoster(f"The manifest has to say {name},{version}.", reasons=[name])
    try:
        return {kind: Processing(told.get(f"file.{kind}") or "absent") for kind in Kind}
    except ValueError as wrong:
        detail = "The manifest says of each file absent, bulk or delta."
        raise NoOneRoster(detail, reasons=["processing"]) from wrong


def _rows(kind: Kind, processing: Processing, content: bytes) -> tuple[FileRows | None, list[FileIssue]]:
    """The sound rows of a file, and what is wrong with the others; None: nothing can be said of its rows."""
    columns = {folded(name): name for name in policy.FORMS[kind].columns}
    try:
        table = read_table(content, lambda header: sum(folded(cell) in columns for cell in header))
    except TableUnreadable as refusal:
        return None, [error(kind.file, 0, None, refusal.code, refusal.detail)]
    header = [cell.strip() for cell in table.header.cells]
    found = [columns.get(folded(cell)) for cell in header]
    places = {place: name for place, name in enumerate(found) if name}
    if wrong := _wrong_columns(kind, processing, [name for name in found if name]):
        return None, wrong
    rows, issues = list[Cells](), list[FileIssue]()
    for line in table.lines:
        by_name = {name: line.cells[at].strip() if at < len(line.cells) else "" for at, name in places.items()}
        cells = Cells(line.number, by_name)
        if any(cell.strip() for cell in line.cells[len(header) :]):
            message = "The row has more cells than there are columns: is a separator missing its quotes?"
            wrong = [error(kind.file, line.number, None, "TOO_MANY_CELLS", message)]
        else:
            wrong = policy.wrong_cells(kind, processing, cells)
        issues += wrong
        rows += [] if wrong else [cells]
    facts = facts_of(content, table, places)
    rows, twice = _once_each(kind, rows)
    return FileRows(kind, processing, facts, rows), issues + twice


def _wrong_columns(kind: Kind, processing: Processing, found: Sequence[str]) -> list[FileIssue]:
    status = ["status"] if processing is Processing.DELTA else []
    missing = [name for name in ("sourcedId", *status, *policy.FORMS[kind].required) if name not in found]
    twice = sorted({name for name in found if found.count(name) > 1})
    issues = [error(kind.file, 1, name, "COLUMN_MISSING", "The file lacks this column.") for name in missing]
    return issues + [error(kind.file, 1, name, "COLUMN_TWICE", "The column is there twice.") for name in twice]


def _once_each(kind: Kind, rows: Sequence[Cells]) -> tuple[list[Cells], list[FileIssue]]:
    """Of rows of one id none stands, even the first: nobody knows which one is right."""
    lines = dict[str, list[int]]()
    for cells in rows:
        lines.setdefault(cells.get("sourcedId"), []).append(cells.line)
    issues = [
        error(
            kind.file, line, "sourcedId", "TWICE_IN_FILE", f"{len(alike)} rows have this id, from line {alike[0]} on."
        )
        for alike in lines.values()
        if len(alike) > 1
        for line in alike
    ]
    return [cells for cells in rows if len(lines[cells.get("sourcedId")]) == 1], issues


def _archive(
    content: bytes,
    modes: Mapping[Kind, Processing],
    left: Sequence[FileLeft],
    issues: list[FileIssue],
    tables: Mapping[Kind, FileRows],
) -> Archive:
    def made(kind: Kind, make: Callable[[Cells], R | FileIssue]) -> list[R]:
        rows = list[R]()
        for cells in tables[kind].rows if kind in tables else ():
            one = make(cells)
            if isinstance(one, FileIssue):
                issues.append(one)
            else:
                rows.append(one)
        return rows

    return Archive(
        sha256=hashlib.sha256(content).hexdigest(),
        size=len(content),
        modes=modes,
        facts=[(kind, table.facts) for kind, table in tables.items()],
        files_left=left,
        sessions=made(Kind.SESSIONS, policy.session),
        courses={one.id: one for one in made(Kind.COURSES, policy.course)},
        classes=made(Kind.CLASSES, policy.class_),
        people=made(Kind.USERS, policy.somebody),
        roles=made(Kind.ROLES, policy.role_of),
        enrolments=made(Kind.ENROLMENTS, policy.enrolment),
        issues=[*issues, *_schools(tables)],
    )


def _schools(tables: Mapping[Kind, FileRows]) -> list[FileIssue]:
    """A warning where the archive is about several schools: here they are one."""
    orgs = tables[Kind.ORGS].rows if Kind.ORGS in tables else ()
    schools = [cells.line for cells in orgs if cells.get("type") == "school" and not policy.is_deleted(cells)]
    message = f"There are {len(schools)} schools in the archive; their classes come in as those of one."
    return [warning(Kind.ORGS.file, schools[1], "type", "SEVERAL_SCHOOLS", message)] if len(schools) > 1 else []


def wrong_lines(issues: Iterable[FileIssue]) -> set[Line]:
    """The files and lines that can't be imported."""
    return {(issue.file, issue.line) for issue in issues if issue.severity is Severity.ERROR}


def told(archive: Archive, plan: ArchivePlan, mode: ImportMode, *, dry_run: bool) -> OneRosterReport:
    """The report of a plan, with every issue."""
    refused = wrong_lines(plan.issues)
    may_go = not refused or (mode is ImportMode.VALID_ROWS and not _files_unread(refused))
    return OneRosterReport(
        id=new_id(),
        dry_run=dry_run,
        mode=mode,
        imported=may_go and not dry_run,
        sha256=archive.sha256,
        size=archive.size,
        files=[
            FileTold(
                name=kind.file,
                processing=archive.modes[kind],
                refused=sum(file == kind.file for file, _ in refused),
                file=facts,
            )
            for kind, facts in archive.facts
        ],
        files_left=list(archive.files_left),
        changes={area: planned.counts for area, planned in plan.areas.items()},
        issues=sorted(plan.issues, key=lambda issue: (issue.file, issue.line)),
        issues_not_listed=0,
    )


def _files_unread(refused: Collection[Line]) -> bool:
    """Whether a whole file could not be read: to go on without it would take everybody off what it tells."""
    return any(line <= 1 for _, line in refused)


def shortened(report: OneRosterReport) -> OneRosterReport:
    """The report with the first issues only, and how many more there are."""
    over = max(0, len(report.issues) - MOST_ISSUES)
    return report.model_copy(update={"issues": report.issues[:MOST_ISSUES], "issues_not_listed": over})


def as_table(report: OneRosterReport) -> bytes:
    """Every issue as CSV."""
    header = ("file", "line", "column", "severity", "code", "message")
    return csv_bytes(
        header, [(i.file, str(i.line), i.column or "", i.severity.value, i.code, i.message) for i in report.issues]
    )
