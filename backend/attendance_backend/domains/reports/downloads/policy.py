"""What reports look like as tables: their columns, their cells, and the lines above them."""

from collections.abc import AsyncIterator, Sequence

from attendance_backend.domains.reports.schemas import Outlook, Range, Report, Standing, StudentLabel
from attendance_backend.domains.teaching.schemas import SubjectLabel
from attendance_backend.tables import Cell, Table

ALL = 1_000_000
"""As many rows as no report has: they are in memory as it is."""
STANDING = ("Present", "Late", "Absent", "Excused", "Left early", "Attended", "Counted", "Rate %")
OUTLOOK = (*STANDING, "At risk", "Can miss", "Must attend")
SUBJECT, STUDENT = ("Code", "Subject"), ("Roll number", "Name")


def days_of(about: Range) -> str:
    return f"{about.since} to {about.until}"


def report_table(name: str, title: str, about: Report, header: Sequence[str], rows: Sequence[Sequence[Cell]]) -> Table:
    lines = [days_of(about), f"At risk is who attends less than {about.threshold} % of what counts; excused does not."]
    return Table(f"{name} {days_of(about)}", title, lines, header, at_once(rows))


async def at_once(rows: Sequence[Sequence[Cell]]) -> AsyncIterator[Sequence[Sequence[Cell]]]:
    yield rows


def subject_cells(subject: SubjectLabel) -> tuple[Cell, ...]:
    return subject.code, subject.name


def student_cells(student: StudentLabel) -> tuple[Cell, ...]:
    return student.roll_number, student.name


def standing_cells(of: Standing) -> tuple[Cell, ...]:
    return of.present, of.late, of.absent, of.excused, of.left_early, of.attended, of.counted, of.rate


def outlook_cells(of: Outlook) -> tuple[Cell, ...]:
    return *standing_cells(of), "yes" if of.at_risk else "no", of.forecast.can_miss, of.forecast.must_attend
