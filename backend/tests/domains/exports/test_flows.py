"""What goes out comes in again and changes nothing."""

import csv
import io

from backend.tests.conftest import Class, Person
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from attendance_backend.domains.imports.policy import composed
from attendance_backend.domains.imports.schemas import ImportKind
from attendance_backend.domains.imports.service import read_sheet, student_rows
from attendance_backend.spreadsheet import FORMULA_STARTS, csv_bytes

NAMES = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "Zs", "Sm"]), min_size=1, max_size=30)
TABLES = {"students": "people", "rosters": "rosters", "consents": "consents"}
STRANGE = ["=1+1", "-Ann", "'-Ben", "'Cleo", 'Da"n', "E,ve;", "+", "@x", "Zoë", "Zoe\u0308"]


def cells(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


async def test_every_table_that_is_exported_is_imported_without_a_change(office: Person, a_class: Class) -> None:
    for roll, name in enumerate(STRANGE):
        await office.done("POST", "/students", json={"roll_number": f"{name[0]}{roll}", "name": name})

    for kind, file in TABLES.items():
        exported = (await office.ask("GET", f"/exports/{file}.csv")).content
        report = await office.done("POST", f"/imports/{kind}", content=exported, headers={"Content-Type": "text/csv"})

        rows = cells(exported)
        assert report["counts"] == {"new": 0, "changed": 0, "unchanged": len(rows) - 1, "refused": 0}, report
        assert not [cell for row in rows for cell in row if cell.startswith(FORMULA_STARTS)]
        assert len(rows) > 2


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(NAMES.map(str.strip).filter(bool), unique=True, max_size=8))
def test_a_name_is_read_as_it_was_written(names: list[str]) -> None:
    content = csv_bytes(["roll_number", "name"], [[str(roll), name] for roll, name in enumerate(names)])

    rows, issues = student_rows(read_sheet(content, ImportKind.STUDENTS))

    assert issues == []
    assert [row.name for row in rows] == [composed(name) for name in names]
