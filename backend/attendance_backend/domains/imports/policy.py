"""What the columns of a file may be called, and what a cell may hold. It knows nothing of what is kept already."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from pydantic import TypeAdapter, ValidationError

from attendance_backend.domains.identity.schemas import Email
from attendance_backend.domains.imports.errors import ColumnsMissing, ColumnTwice, ImportTooLarge
from attendance_backend.domains.imports.schemas import (
    Cells,
    ConsentRow,
    GuardianRow,
    ImportKind,
    Issue,
    Refusal,
    RosterRow,
    Severity,
    StudentRow,
    TeacherRow,
)
from attendance_backend.domains.teaching.schemas import NewPeriod
from attendance_backend.spreadsheet import FORMULA_STARTS, as_written

LONGEST_NAME, LONGEST_ROLL_NUMBER, LONGEST_CODE, LONGEST_VERSION, LONGEST_GROUP = 200, 50, 50, 100, 50
LONGEST_EMAIL, LONGEST_EXTERNAL_ID = 254, 255
MOST_CHANGES = 25_000
"""An import is one transaction. In the embedded database, where an open one may fill a fifth of the cache, 25,000
changes took 18 s, and 49,000 did not end: the database stood still until it was started again.
"""
_BIDI_OVERRIDES = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_SHORTENED = re.compile(r"\d(?:[.,]\d+)?E\+\d+", re.IGNORECASE)
_DAYS = ("%Y-%m-%d", "%d.%m.%Y", "%Y/%m/%d")
"""Those that mean one day only: 3/4/2026 is March to some and April to others."""
NO_DATE = ("NO_DATE", "Write the date as 2026-11-30 or 30.11.2026.")
_YES = frozenset({
    *("yes", "y", "true", "t", "1", "x", "ja", "j", "wahr"),
    *("oui", "o", "vrai", "si", "sí", "s", "verdadero", "vero", "sim", "verdadeiro"),
})  # fmt: skip
_NO = frozenset({"", "no", "n", "false", "f", "0", "nein", "falsch", "non", "faux", "falso", "não", "nao"})
_GIVERS = {
    "student": frozenset({
        *("student", "self", "schüler", "schülerin", "selbst"),
        *("élève", "eleve", "étudiant", "alumno", "alumna", "estudiante"),
    }),
    "guardian": frozenset({
        *("guardian", "parent", "parents", "mother", "father", "eltern", "mutter", "vater", "vormund"),
        *("mère", "père", "tuteur", "tutor", "madre", "padre"),
    }),
}  # fmt: skip


@dataclass(frozen=True)
class Column:
    """A column by our name, and what else it is called: in English, German, French, Spanish, Italian, Portuguese."""

    name: str
    also: Sequence[str] = ()
    required: bool = True
    longest: int = LONGEST_NAME
    may_be_empty: bool = False


ROLL_NUMBER = Column(
    "roll_number",
    (
        *("roll no", "roll", "student number", "student no", "student id", "admission number", "admission no"),
        *("registration number", "matriculation number", "pupil number", "id number"),
        *("Matrikelnummer", "Matrikel-Nr.", "Schülernummer", "Schüler-Nr."),
        *("matricule", "numéro d'élève", "numéro étudiant", "n° étudiant", "INE"),
        *("matrícula", "número de matrícula", "número de estudiante", "número de alumno", "expediente"),
        *("matricola", "numero di matricola", "número de matrícula do aluno", "número do aluno"),
    ),
    longest=LONGEST_ROLL_NUMBER,
)
_FULL_NAME = (
    *("full name", "display name", "vollständiger Name", "Name, Vorname", "nom complet", "nom et prénom"),
    *("nombre completo", "nombre y apellidos", "nome completo", "nome e cognome"),
)
NAME = Column(
    "name",
    (*_FULL_NAME, "student name", "student", "pupil", "pupil name", "Schülername", "élève", "alumno", "aluno"),
    required=False,
)
GUARDIANS_NAME = Column("name", (*_FULL_NAME, "guardian name", "parent name", "contact name"), required=False)
"""None of `guardian` and `parent`: in a file of guardians they say of which kind."""
TEACHERS_NAME = Column("name", (*_FULL_NAME, "teacher", "teacher name", "Lehrkraft", "enseignant"), required=False)
FIRST_NAME = Column(
    "first_name",
    ("given name", "forename", "Vorname", "prénom", "nombre", "nombres", "nome", "nome próprio"),
    required=False,
)
LAST_NAME = Column(
    "last_name",
    (
        *("family name", "surname", "Nachname", "Familienname", "nom", "nom de famille"),
        *("apellido", "apellidos", "cognome", "sobrenome", "apelido"),
    ),
    required=False,
)
IS_MINOR = Column(
    "is_minor",
    (
        *("minor", "under 18", "under age", "minderjährig", "mineur", "mineure"),
        *("menor", "menor de edad", "minorenne", "menor de idade"),
    ),
    required=False,
    may_be_empty=True,
)
GROUP = Column(
    "group",
    (
        *("class", "form", "year", "year group", "grade", "homeroom", "class name", "Klasse", "Jahrgang", "Stufe"),
        *("classe", "année", "niveau", "clase", "curso", "grupo", "anno", "sezione", "turma", "ano"),
    ),
    required=False,
    longest=LONGEST_GROUP,
    may_be_empty=True,
)
SUBJECT = Column(
    "subject_code",
    (
        *("subject", "course", "course code", "class code", "course id", "module", "module code"),
        *("Fach", "Fachkürzel", "Kurs", "Kursnummer", "matière", "code matière", "cours", "code cours"),
        *("asignatura", "código de asignatura", "materia", "codice materia", "corso", "disciplina"),
    ),
    longest=LONGEST_CODE,
)
JOINS = Column(
    "joins_on",
    ("joins", "from", "since", "start date", "begin date", "von", "seit", "du", "desde", "dal"),
    required=False,
    may_be_empty=True,
)
LEAVES = Column("leaves_on", ("leaves", "first day off", "left on", "verlässt am"), required=False, may_be_empty=True)
GIVEN_BY = Column("given_by", ("consent by", "consented by", "signed by", "erteilt von", "donné par", "otorgado por"))
GUARDIAN = Column(
    "guardian_name",
    ("guardian", "parent", "parent name", "Erziehungsberechtigte", "tuteur", "responsable", "tutor", "tutore"),
    required=False,
    may_be_empty=True,
)
VERSION = Column("text_version", ("version", "consent version", "text", "Fassung", "versión"), longest=LONGEST_VERSION)
EMAIL = Column(
    "email",
    (
        *("mail", "e-mail address", "mail address", "E-Mail-Adresse", "courriel", "adresse e-mail"),
        *("correo", "correo electrónico", "posta elettronica", "indirizzo e-mail", "endereço de e-mail"),
    ),
    longest=LONGEST_EMAIL,
)
EMAIL_IF_ANY = replace(EMAIL, required=False, may_be_empty=True)
EXTERNAL_ID = Column("external_id", ("sourcedId",), required=False, longest=LONGEST_EXTERNAL_ID, may_be_empty=True)
WEEKDAY = Column("weekday", ("day", "day of week", "Wochentag", "Tag", "jour", "día", "día de la semana", "giorno"))
LESSON = Column("period", ("lesson", "hour", "Stunde", "Unterrichtsstunde", "heure", "hora", "ora", "período"))
STARTS_AT = Column("starts_at", ("starts", "start", "start time", "begins", "Beginn", "début", "inicio", "inizio"))
ENDS_AT = Column("ends_at", ("ends", "end", "end time", "Ende", "fin", "fine", "fim"))
ROOM = Column("room", ("room name", "Raum", "salle", "aula", "sala"), required=False, may_be_empty=True)
VALID_FROM = Column(
    "valid_from", ("from", "since", "first day", "ab", "von", "dès", "desde", "dal"), required=False, may_be_empty=True
)
VALID_TO = Column(
    "valid_to", ("to", "until", "last day", "bis", "jusqu'au", "hasta", "fino al"), required=False, may_be_empty=True
)
EVERY_WEEKS = Column("every_weeks", required=False, may_be_empty=True)
FIRST_WEEK = Column("first_week", required=False, may_be_empty=True)
GIVEN_ON = Column("given_on", ("date", "consent date", "signed on", "Datum", "erteilt am", "donné le", "fecha", "data"))

COLUMNS: Mapping[ImportKind, Sequence[Column]] = {
    ImportKind.STUDENTS: (ROLL_NUMBER, NAME, FIRST_NAME, LAST_NAME, IS_MINOR, GROUP),
    ImportKind.ROSTERS: (SUBJECT, ROLL_NUMBER, JOINS, LEAVES),
    ImportKind.CONSENTS: (ROLL_NUMBER, GIVEN_BY, GUARDIAN, VERSION, GIVEN_ON),
    ImportKind.GUARDIANS: (ROLL_NUMBER, GUARDIANS_NAME, FIRST_NAME, LAST_NAME, EMAIL_IF_ANY, EXTERNAL_ID),
    ImportKind.TEACHERS: (EMAIL, TEACHERS_NAME, FIRST_NAME, LAST_NAME),
    ImportKind.TIMETABLE: (
        *(SUBJECT, WEEKDAY, LESSON, STARTS_AT, ENDS_AT, ROOM),
        *(VALID_FROM, VALID_TO, EVERY_WEEKS, FIRST_WEEK),
    ),
}


def folded(header: str) -> str:
    """A header without case, accents, space and punctuation."""
    plain = unicodedata.normalize("NFKD", header).casefold()
    return "".join(character for character in plain if character.isalnum())


def names_of(kind: ImportKind) -> dict[str, str]:
    """Our name of a column by every folded name that it may have in a file."""
    return {folded(name): column.name for column in COLUMNS[kind] for name in (column.name, *column.also)}


def match_columns(kind: ImportKind, header: Sequence[str]) -> dict[int, str]:
    """Our name of each column that is known, by its place in the file.

    Raises:
        ColumnTwice: two are the same one.
        ColumnsMissing: naming those that the file lacks.
    """
    known, found = names_of(kind), dict[int, str]()
    for place, cell in enumerate(header):
        name = known.get(folded(cell))
        if name in found.values():
            raise ColumnTwice(f"The column {name} is there twice.", field=name, reasons=[str(name)])
        if name:
            found[place] = name
    missing = [column.name for column in COLUMNS[kind] if column.required and column.name not in found.values()]
    if FIRST_NAME in COLUMNS[kind] and not {"name", "first_name", "last_name"} & set(found.values()):
        missing.append("name")
    if missing:
        raise ColumnsMissing(f"The file has no column for: {', '.join(missing)}.", reasons=missing)
    return found


def check_cells(kind: ImportKind, cells: Cells, columns: Mapping[str, str]) -> list[Issue]:
    """What is wrong with the cells of one row, each looked at alone. `columns` are the file's names by ours."""
    issues = []
    for column in COLUMNS[kind]:
        if column.name in cells.by_field and (wrong := _wrong_with(cells.get(column.name), column)):
            code, message = wrong
            issues.append(Issue(line=cells.line, column=columns[column.name], code=code, message=message))
        elif "\ufffd" in cells.get(column.name):
            issues.append(_unreadable_letter(cells.line, columns[column.name]))
    return issues


def _wrong_with(cell: str, column: Column) -> tuple[str, str] | None:
    if not cell:
        empty = column.may_be_empty or column.name in {"first_name", "last_name"}
        return None if empty else ("EMPTY_CELL", "There has to be something here.")
    if len(as_written(cell)) > column.longest:
        return "TOO_LONG", f"At most {column.longest} characters."
    if column is ROLL_NUMBER and _SHORTENED.fullmatch(cell):
        return "NUMBER_SHORTENED", "The spreadsheet has shortened this number: make the column text, and type it anew."
    return dangerous(cell)


def dangerous(cell: str) -> tuple[str, str] | None:
    """The code and message of what a cell may not hold, whatever its column."""
    if any(unicodedata.category(character) == "Cc" for character in cell):
        return "CONTROL_CHARACTER", "A line break or another invisible sign is in the cell: is a quote not closed?"
    if _BIDI_OVERRIDES & set(cell):
        return "BIDI_OVERRIDE", "A sign in the cell turns the direction of writing round, so that it reads otherwise."
    if cell.startswith(FORMULA_STARTS):
        return "FORMULA_CELL", "A spreadsheet would run this as a formula."
    return None


def _unreadable_letter(line: int, column: str) -> Issue:
    message = "A letter was lost when the file was saved earlier."
    return Issue(line=line, column=column, code="LETTER_LOST", severity=Severity.WARNING, message=message)


def _name(cells: Cells) -> str | Refusal:
    """Somebody's name, of one column or of two."""
    name = text_of(cells, "name") or " ".join(filter(None, (text_of(cells, "first_name"), text_of(cells, "last_name"))))
    if not name:
        return "first_name", "EMPTY_CELL", "Everybody has a name."
    if len(name) > LONGEST_NAME:
        return "last_name", "TOO_LONG", f"At most {LONGEST_NAME} characters."
    return composed(name)


def student_row(cells: Cells) -> StudentRow | Refusal:
    """The student of a row, or what is wrong with it."""
    name = _name(cells)
    if isinstance(name, tuple):
        return name
    minor = cells.get("is_minor").casefold()
    if minor not in _YES | _NO:
        return "is_minor", "NOT_YES_OR_NO", "Say yes or no, or nothing."
    told = minor in _YES if minor else None
    return StudentRow(cells.line, text_of(cells, "roll_number"), name, told, text_of(cells, "group") or None)


def guardian_row(cells: Cells) -> GuardianRow | Refusal:
    """The guardian of a row, or what is wrong with it."""
    name, told = _name(cells), text_of(cells, "email")
    if isinstance(name, tuple):
        return name
    if (email := _email(told)) is None and told:
        return _NO_EMAIL
    return GuardianRow(cells.line, text_of(cells, "roll_number"), name, email, text_of(cells, "external_id") or None)


def teacher_row(cells: Cells) -> TeacherRow | Refusal:
    """The teacher of a row, or what is wrong with it."""
    name, email = _name(cells), _email(text_of(cells, "email"))
    if email is None:
        return _NO_EMAIL
    return name if isinstance(name, tuple) else TeacherRow(cells.line, email, name)


_NO_EMAIL = ("email", "NO_EMAIL", "This is no e-mail address.")
_EMAIL: TypeAdapter[str] = TypeAdapter(Email)


def _email(cell: str) -> str | None:
    try:
        return _EMAIL.validate_python(cell)
    except ValidationError:
        return None


def roster_row(cells: Cells) -> RosterRow | Refusal:
    """The place of a row, or what is wrong with it."""
    who = (cells.line, text_of(cells, "subject_code"), text_of(cells, "roll_number"))
    if not {"joins_on", "leaves_on"} & cells.by_field.keys():
        return RosterRow(*who)
    days = {name: day_of(cells.get(name)) for name in ("joins_on", "leaves_on")}
    for name, day in days.items():
        if cells.get(name) and day is None:
            return name, *NO_DATE
    joins, leaves = days["joins_on"], days["leaves_on"]
    if joins and leaves and joins >= leaves:
        return "leaves_on", "DATES_REVERSED", "The first day off lies not behind the first day."
    return RosterRow(*who, NewPeriod(joins_on=joins, leaves_on=leaves).period())


def consent_row(cells: Cells, today: date) -> ConsentRow | Refusal:
    """The consent of a row, or what is wrong with it."""
    said = cells.get("given_by").casefold()
    giver = next((giver for giver, words in _GIVERS.items() if said in words), None)
    if giver is None:
        return "given_by", "UNKNOWN_GIVER", "Say student or guardian."
    given_on = day_of(cells.get("given_on"))
    if given_on is None:
        return "given_on", *NO_DATE
    if given_on > today:
        return "given_on", "DATE_AHEAD", "This day is still to come."
    guardian = text_of(cells, "guardian_name") or None
    if (giver == "guardian") != (guardian is not None):
        return "guardian_name", "GUARDIAN_NAME", "A guardian's name goes with a guardian's consent, and no other."
    version = text_of(cells, "text_version")
    return ConsentRow(cells.line, text_of(cells, "roll_number"), giver, guardian, version, given_on)


def text_of(cells: Cells, name: str) -> str:
    """A cell as it is to be kept: without the apostrophe that made it harmless."""
    return as_written(cells.get(name))


def composed(name: str) -> str:
    """A name with its letters in one form of the two that look alike: some systems write an accent apart."""
    return unicodedata.normalize("NFC", name)


def day_of(cell: str) -> date | None:
    """The day of a cell, where it means one day only."""
    for form in _DAYS:
        try:
            return datetime.strptime(cell, form).date()  # noqa: DTZ007  # a day has no zone
        except ValueError:
            continue
    return None


def check_size(changes: int) -> None:
    """Pass an import that one transaction can hold.

    Raises:
        ImportTooLarge.
    """
    if changes > MOST_CHANGES:
        raise ImportTooLarge(
            f"This would change {changes:,} rows; one import changes {MOST_CHANGES:,} at most: send it in parts.",
            limit=MOST_CHANGES,
        )
