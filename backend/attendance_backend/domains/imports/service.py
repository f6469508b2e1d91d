"""Reads a file into rows by what its columns mean, and writes the report. It keeps nothing."""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import TypeVar

from attendance_backend.delimited import Table, read_table
from attendance_backend.documents import new_id
from attendance_backend.domains.imports import policy
from attendance_backend.domains.imports.lessons.policy import lesson_row
from attendance_backend.domains.imports.schemas import (
    MOST_ISSUES,
    Cells,
    ConsentRow,
    FileFacts,
    GuardianRow,
    ImportAsked,
    ImportCounts,
    ImportKind,
    ImportMode,
    ImportReport,
    Issue,
    LessonRow,
    Plan,
    Refusal,
    RosterRow,
    Row,
    Severity,
    Sheet,
    StudentRow,
    TeacherRow,
)
from attendance_backend.domains.people.schemas import Student
from attendance_backend.domains.teaching.schemas import Subject
from attendance_backend.spreadsheet import as_written, csv_bytes

R = TypeVar("R", bound=Row)


def read_sheet(content: bytes, kind: ImportKind) -> Sheet:
    """A file with its columns understood and each cell judged alone.

    Raises:
        TableUnreadable, ColumnsMissing, ColumnTwice: there is nothing to be said of its rows.
    """
    known = policy.names_of(kind)
    table = read_table(content, lambda header: sum(policy.folded(cell) in known for cell in header))
    places = policy.match_columns(kind, table.header.cells)
    columns = {name: table.header.cells[place].strip() for place, name in places.items()}
    rows, issues = list[Cells](), list[Issue]()
    for line in table.lines:
        cells = Cells(line.number, {name: _cell(line.cells, place) for place, name in places.items()})
        if any(cell.strip() for cell in line.cells[len(table.header.cells) :]):
            issues.append(Issue(line=line.number, column=None, code="TOO_MANY_CELLS", message=_SHIFTED))
        issues += policy.check_cells(kind, cells, columns)
        rows.append(cells)
    return Sheet(facts_of(content, table, places), columns, table.header, table.lines, rows, issues)


_SHIFTED = "The row has more cells than there are columns: is a separator missing its quotes?"


def _cell(cells: Sequence[str], place: int) -> str:
    return cells[place].strip() if place < len(cells) else ""


def facts_of(content: bytes, table: Table, places: Mapping[int, str]) -> FileFacts:
    """How a file was understood; `places` has our name of each column that is used, by its place."""
    header = [cell.strip() for cell in table.header.cells]
    return FileFacts(
        sha256=hashlib.sha256(content).hexdigest(),
        size=len(content),
        encoding=table.encoding,
        separator=table.separator,
        rows=len(table.lines),
        columns={header[place]: name for place, name in places.items()},
        ignored_columns=[cell for place, cell in enumerate(header) if cell and place not in places],
    )


def student_rows(sheet: Sheet) -> tuple[list[StudentRow], list[Issue]]:
    """The rows that stand, and everything that is wrong with the others."""
    rows, issues = _made(sheet, policy.student_row)
    return _once_each(rows, lambda row: row.roll_number, sheet, issues)


def roster_rows(sheet: Sheet) -> tuple[list[RosterRow], list[Issue]]:
    """The rows that stand, and everything that is wrong with the others."""
    rows, issues = _made(sheet, policy.roster_row)
    return _once_each(rows, lambda row: f"{row.subject_code}\n{row.roll_number}\n{row.period}", sheet, issues)


def consent_rows(sheet: Sheet, today: date) -> tuple[list[ConsentRow], list[Issue]]:
    """The rows that stand, and everything that is wrong with the others."""
    rows, issues = _made(sheet, lambda cells: policy.consent_row(cells, today))
    return _once_each(rows, lambda row: row.roll_number, sheet, issues)


def guardian_rows(sheet: Sheet) -> tuple[list[GuardianRow], list[Issue]]:
    """The rows that stand, and everything that is wrong with the others."""

    def key(row: GuardianRow) -> str:
        return "\n".join(
            [row.roll_number, *([row.external_id] if row.external_id else [row.name.casefold(), str(row.email)])]
        )

    rows, issues = _made(sheet, policy.guardian_row)
    return _once_each(rows, key, sheet, issues)


def teacher_rows(sheet: Sheet) -> tuple[list[TeacherRow], list[Issue]]:
    """The rows that stand, and everything that is wrong with the others."""
    rows, issues = _made(sheet, policy.teacher_row)
    return _once_each(rows, lambda row: row.email, sheet, issues, "email")


def lesson_rows(sheet: Sheet) -> tuple[list[LessonRow], list[Issue]]:
    """The rows that stand alone, and everything that is wrong with the others."""
    return _made(sheet, lesson_row)


def _made(sheet: Sheet, make: Callable[[Cells], R | Refusal]) -> tuple[list[R], list[Issue]]:
    issues, wrong = list(sheet.issues), wrong_lines(sheet.issues)
    rows = list[R]()
    for cells in sheet.rows:
        if cells.line in wrong:
            continue
        made = make(cells)
        if isinstance(made, tuple):
            name, code, message = made
            issues.append(Issue(line=cells.line, column=sheet.columns.get(name), code=code, message=message))
        else:
            rows.append(made)
    return rows, issues


def _once_each(
    rows: Sequence[R], key: Callable[[R], str], sheet: Sheet, issues: Sequence[Issue], told_by: str = "roll_number"
) -> tuple[list[R], list[Issue]]:
    """Of rows about the same, none stands, even the first: nobody knows which one is right. `told_by` is a column."""
    lines = dict[str, list[int]]()
    for row in rows:
        lines.setdefault(key(row), []).append(row.line)
    column = sheet.columns[told_by]
    twice: list[Issue] = [_twice(row.line, lines[key(row)], column) for row in rows if len(lines[key(row)]) > 1]
    return [row for row in rows if len(lines[key(row)]) == 1], [*issues, *twice]


def _twice(line: int, alike: Sequence[int], column: str) -> Issue:
    others = ", ".join(str(other) for other in alike if other != line)
    return Issue(line=line, column=column, code="TWICE_IN_FILE", message=f"Also on line {others}.")


def strangers(
    sheet: Sheet, rows: Sequence[RosterRow | ConsentRow | GuardianRow], students: Mapping[str, Student]
) -> list[Issue]:
    """What is wrong with rows about students that there are not."""
    message = "There is no student with this roll number: import the students first."
    column = sheet.columns["roll_number"]
    unknown = [row.line for row in rows if row.roll_number not in students]
    return [Issue(line=line, column=column, code="UNKNOWN_STUDENT", message=message) for line in unknown]


def unknown_subjects(
    sheet: Sheet, rows: Sequence[RosterRow | LessonRow], subjects: Mapping[str, Subject]
) -> list[Issue]:
    """What is wrong with rows about subjects that there are not."""
    column, message = sheet.columns["subject_code"], "There is no subject with this code."
    unknown = [row.line for row in rows if row.subject_code not in subjects]
    return [Issue(line=line, column=column, code="UNKNOWN_SUBJECT", message=message) for line in unknown]


def wrong_lines(issues: Iterable[Issue]) -> set[int]:
    """The lines that can't be imported."""
    return {issue.line for issue in issues if issue.severity is Severity.ERROR}


def told(asked: ImportAsked, sheet: Sheet, plan: Plan) -> ImportReport:
    """The report of a plan, with every issue."""
    refused = len(wrong_lines(plan.issues))
    may_go = asked.mode is ImportMode.VALID_ROWS or not refused
    return ImportReport(
        id=new_id(),
        kind=asked.kind,
        dry_run=asked.dry_run,
        mode=asked.mode,
        imported=may_go and not asked.dry_run,
        file=sheet.facts,
        counts=ImportCounts(**{**plan.counts.model_dump(), "refused": refused}),
        issues=sorted(plan.issues, key=lambda issue: issue.line),
        issues_not_listed=0,
    )


def shortened(report: ImportReport) -> ImportReport:
    """The report with the first issues only, and how many more there are."""
    over = max(0, len(report.issues) - MOST_ISSUES)
    return report.model_copy(update={"issues": report.issues[:MOST_ISSUES], "issues_not_listed": over})


def annotated(sheet: Sheet, report: ImportReport) -> bytes:
    """The file again as CSV, with a last column that tells what is wrong with each row."""
    by_line = dict[int, list[str]]()
    for issue in report.issues:
        where = f"{issue.column}: " if issue.column else ""
        by_line.setdefault(issue.line, []).append(f"{where}{issue.message} ({issue.code})")
    width = len(sheet.header.cells)
    rows = [
        [*map(as_written, line.cells), *[""] * (width - len(line.cells)), " ".join(by_line.get(line.number, []))]
        for line in sheet.lines
    ]
    return csv_bytes([*sheet.header.cells, "error"], rows)
