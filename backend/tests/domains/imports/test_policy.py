"""What columns may be called, and what a cell may hold."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attendance_backend.domains.imports.errors import ColumnsMissing, ColumnTwice
from attendance_backend.domains.imports.policy import COLUMNS, check_cells, folded, match_columns, names_of, text_of
from attendance_backend.domains.imports.schemas import Cells, ImportKind, Severity
from attendance_backend.domains.imports.service import consent_rows, read_sheet, student_rows
from attendance_backend.spreadsheet import harmless

STUDENTS = ImportKind.STUDENTS


@pytest.mark.parametrize(
    "header",
    [
        ["Roll No.", "Full Name"],
        ["NAME", "ROLL_NUMBER"],
        ["Matrikel-Nr.", "Nachname", "Vorname"],
        ["Numéro d'élève", "Nom", "Prénom"],
        ["Número de matrícula", "Apellidos", "Nombre"],
    ],
)
def test_columns_are_known_in_any_order_case_and_some_languages(header: list[str]) -> None:
    found = match_columns(STUDENTS, header)

    assert len(found) == len(header)
    assert "roll_number" in found.values()


def test_no_name_of_a_column_means_two() -> None:
    for kind in ImportKind:
        names = [folded(name) for column in COLUMNS[kind] for name in {column.name, *column.also}]
        assert {name for name in names if names.count(name) > 1 and len(_meant(kind, name)) > 1} == set()


def _meant(kind: ImportKind, name: str) -> set[str]:
    return {column.name for column in COLUMNS[kind] if name in {folded(one) for one in (column.name, *column.also)}}


def test_a_column_that_lacks_or_is_there_twice_is_named() -> None:
    with pytest.raises(ColumnsMissing) as missing:
        match_columns(ImportKind.CONSENTS, ["Roll number", "given by"])
    with pytest.raises(ColumnTwice) as twice:
        match_columns(STUDENTS, ["Roll number", "Matricule", "Name"])

    assert missing.value.details["reasons"] == ["text_version", "given_on"]
    assert twice.value.details["field"] == "roll_number"


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("=1+1", "FORMULA_CELL"),
        ("+49 30", "FORMULA_CELL"),
        ("-7", "FORMULA_CELL"),
        ("@SUM(A1)", "FORMULA_CELL"),
        ("", "EMPTY_CELL"),
        ("x" * 51, "TOO_LONG"),
        ("1\x002", "CONTROL_CHARACTER"),
        ("1\n2", "CONTROL_CHARACTER"),
        ("1\u202e2", "BIDI_OVERRIDE"),
        ("1,23E+05", "NUMBER_SHORTENED"),
    ],
)
def test_a_cell_that_can_not_be_kept_is_told_by_line_and_column(cell: str, code: str) -> None:
    cells = Cells(7, {"roll_number": cell, "name": "Ann"})

    (issue,) = check_cells(STUDENTS, cells, {"roll_number": "Roll No", "name": "Name"})

    assert (issue.line, issue.column, issue.code, issue.severity) == (7, "Roll No", code, Severity.ERROR)


@given(st.text(min_size=1, max_size=20))
def test_what_an_export_made_harmless_comes_back_as_it_was(name: str) -> None:
    cells = Cells(1, {"name": harmless(name)})
    composed = Cells(1, {"name": harmless(text_of(cells, "name"))})

    assert text_of(composed, "name") == text_of(cells, "name")


def test_of_rows_about_one_student_none_stands() -> None:
    sheet = read_sheet(b"roll number,name\n1,Ann\n2,Ben\n1,Anna\n", STUDENTS)

    rows, issues = student_rows(sheet)

    assert [row.roll_number for row in rows] == ["2"]
    assert [(issue.line, issue.code, issue.message) for issue in issues] == [
        (2, "TWICE_IN_FILE", "Also on line 4."),
        (4, "TWICE_IN_FILE", "Also on line 2."),
    ]


def test_a_consent_names_who_gave_it_and_when() -> None:
    lines = [
        "1;student;;2026-1;2026-09-01",
        "2;Eltern;A mother;2026-1;01.09.2026",
        "3;nobody;;2026-1;2026-09-01",
        "4;guardian;;2026-1;2026-09-01",
        "5;student;;2026-1;3/4/2026",
        "6;student;;2026-1;2027-01-01",
    ]
    sheet = read_sheet("\n".join(["roll no;given by;guardian;version;date", *lines]).encode(), ImportKind.CONSENTS)

    rows, issues = consent_rows(sheet, date(2026, 11, 22))

    assert [(row.given_by, row.guardian_name, row.given_on) for row in rows] == [
        ("student", None, date(2026, 9, 1)),
        ("guardian", "A mother", date(2026, 9, 1)),
    ]
    assert [issue.code for issue in issues] == ["UNKNOWN_GIVER", "GUARDIAN_NAME", "NO_DATE", "DATE_AHEAD"]
    assert len(names_of(ImportKind.CONSENTS)) > len(COLUMNS[ImportKind.CONSENTS])
