"""CSV that no spreadsheet runs."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attendance_backend.spreadsheet import BYTE_ORDER_MARK, FORMULA_STARTS, csv_bytes, harmless


@pytest.mark.parametrize(
    "cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\uff1d1+1", "  =1", '=HYPERLINK("http://x")']
)
def test_a_formula_becomes_text(cell: str) -> None:
    assert harmless(cell) == f"'{cell}"


@given(st.text())
def test_no_cell_begins_like_a_formula_and_others_stay_as_they_are(cell: str) -> None:
    safe = harmless(cell)

    assert not safe.lstrip(" ").startswith(FORMULA_STARTS)
    assert safe in {cell, f"'{cell}"}


@given(st.lists(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0")), min_size=2, max_size=2)))
def test_every_cell_comes_back(rows: list[list[str]]) -> None:
    text = csv_bytes(["a", "b"], rows).decode()

    assert text.startswith(BYTE_ORDER_MARK)
    read = list(csv.reader(io.StringIO(text.removeprefix(BYTE_ORDER_MARK), newline="")))
    assert read == [["a", "b"], *[[harmless(cell) for cell in row] for row in rows]]
