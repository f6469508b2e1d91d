"""What a row of a timetable may say, and when the rows of a subject are its whole timetable. It asks nobody."""

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence

from pydantic import ValidationError

from attendance_backend.domains.imports.policy import NO_DATE, day_of, folded, text_of
from attendance_backend.domains.imports.schemas import Cells, Issue, LessonRow, Refusal, Severity, Sheet
from attendance_backend.domains.timetable.schemas import MAX_ENTRIES, Entry, NewEntry

_CLOCK = re.compile(r"([01]?\d|2[0-3])[:.h]([0-5]\d)(?::00)?", re.ASCII)
_WEEKDAYS = {
    folded(day): number
    for number, days in enumerate(
        (
            "1 Monday Mon Montag Mo lundi lun lunes lunedì segunda segunda-feira",
            "2 Tuesday Tue Dienstag Di mardi mar martes martedì terça terça-feira",
            "3 Wednesday Wed Mittwoch Mi mercredi mer miércoles mié mercoledì quarta quarta-feira",
            "4 Thursday Thu Donnerstag Do jeudi jeu jueves jue giovedì gio quinta quinta-feira",
            "5 Friday Fri Freitag Fr vendredi ven viernes vie venerdì sexta sexta-feira",
            "6 Saturday Sat Samstag Sonnabend Sa samedi sam sábado sáb sabato",
            "7 Sunday Sun Sonntag So dimanche dim domingo dom domenica",
        ),
        start=1,
    )
    for day in days.split()
}


def lesson_row(cells: Cells) -> LessonRow | Refusal:
    """The lesson of a row, or what is wrong with it."""
    told: dict[str, object] = {name: cells.get(name) for name in ("period", "every_weeks") if cells.get(name)}
    readings: Sequence[tuple[str, Callable[[str], object], tuple[str, str]]] = (
        ("weekday", _weekday, ("NO_WEEKDAY", "Name the day, or number it from 1, Monday, to 7, Sunday.")),
        *((name, _clock, ("NO_TIME", "Write the time as 08:00 or 13:45.")) for name in ("starts_at", "ends_at")),
        *((name, day_of, NO_DATE) for name in ("valid_from", "valid_to", "first_week") if cells.get(name)),
    )
    for name, read, wrong in readings:
        told[name] = read(cells.get(name))
        if told[name] is None:
            return name, *wrong
    try:
        entry = NewEntry.model_validate(told)
    except ValidationError as error:
        return _refusal(error)
    return LessonRow(cells.line, text_of(cells, "subject_code"), text_of(cells, "room"), entry)


def _weekday(cell: str) -> int | None:
    return _WEEKDAYS.get(folded(cell))


def _clock(cell: str) -> str | None:
    """HH:MM of a time that a school or a spreadsheet writes: 8:00, 08.00, 8h00, 08:00:00."""
    found = _CLOCK.fullmatch(cell)
    return f"{found[1]:0>2}:{found[2]}" if found else None


def _refusal(error: ValidationError) -> Refusal:
    """The first of what the API itself would say. What is about two fields begins with the name of one."""
    first = error.errors()[0]
    message = first["msg"].removeprefix("Value error, ")
    column = str(first["loc"][0]) if first["loc"] else message.partition(" ")[0]
    return column, "NO_LESSON", f"{message}."


def unknown_rooms(sheet: Sheet, rows: Sequence[LessonRow], rooms: Collection[str]) -> list[Issue]:
    """What is wrong with rows about rooms that there are not."""
    column, message = sheet.columns.get("room"), "There is no room of this name."
    unknown = [row.line for row in rows if row.room and row.room not in rooms]
    return [Issue(line=line, column=column, code="UNKNOWN_ROOM", message=message) for line in unknown]


def by_subject(rows: Sequence[LessonRow]) -> Mapping[str, Sequence[LessonRow]]:
    """The rows of each subject by its code, in the order of the file."""
    found = defaultdict[str, list[LessonRow]](list)
    for row in rows:
        found[row.subject_code].append(row)
    return found


def too_many(sheet: Sheet, rows: Sequence[LessonRow]) -> list[Issue]:
    """What is wrong with the rows of one subject beyond those that a timetable can hold."""
    column, message = sheet.columns["subject_code"], f"A timetable has at most {MAX_ENTRIES} lessons."
    return [Issue(line=row.line, column=column, code="TOO_MANY_LESSONS", message=message) for row in rows[MAX_ENTRIES:]]


def clashing(sheet: Sheet, first: LessonRow, second: LessonRow) -> Issue:
    """What is wrong with a row that can fall on the day and period of another one of its subject."""
    message = f"It can fall on the same day and period as line {first.line}, and a subject has one lesson then."
    return Issue(line=second.line, column=sheet.columns["period"], code="TIMETABLE_CLASH", message=message)


def incomplete(sheet: Sheet, rows: Sequence[LessonRow], wrong: Collection[int]) -> list[Issue]:
    """What keeps rows out that are not wrong: a timetable comes in whole, or not at all."""
    column, message = sheet.columns["subject_code"], "Another row of this subject is wrong."
    broken = {text_of(cells, "subject_code") for cells in sheet.rows if cells.line in wrong}
    lines = [row.line for row in rows if row.line not in wrong and row.subject_code in broken]
    return [Issue(line=line, column=column, code="SUBJECT_INCOMPLETE", message=message) for line in lines]


def ending(sheet: Sheet, row: LessonRow, kept: Sequence[Entry], made: Collection[Entry]) -> list[Issue]:
    """A warning where a subject has lessons at times of which its rows, from this one on, tell none."""
    there = {(entry.weekday, entry.period) for entry in made}
    gone = sum((entry.weekday, entry.period) not in there for entry in kept)
    column, message = sheet.columns["subject_code"], f"{gone} lessons of this subject are not in the file, and end."
    warning = Issue(line=row.line, column=column, code="LESSONS_END", severity=Severity.WARNING, message=message)
    return [warning] if gone else []
