"""CSV that no spreadsheet runs."""

import csv
import io
from email.message import Message

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attendance_backend.spreadsheet import BYTE_ORDER_MARK, FORMULA_STARTS, attachment, csv_bytes, harmless


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


def names_read(header: str) -> list[str]:
    """The name for a client that knows RFC 6266, and for one that reads the plain one only."""
    plain, parameter, whole = header.partition(" filename*=")
    names = []
    for known in (f"attachment;{parameter}{whole}", plain):
        message = Message()
        message["Content-Disposition"] = known
        assert message.get_content_disposition() == "attachment"
        names.append(str(message.get_filename()))
    return names


@pytest.mark.parametrize(
    ("name", "read", "plain"),
    [
        ("MATH-1-2026-11-20-period-1.csv", "MATH-1-2026-11-20-period-1.csv", "MATH-1-2026-11-20-period-1.csv"),
        ("Größe 2-x.csv", "Größe 2-x.csv", "Gr__e 2-x.csv"),
        ("गणित-1.csv", "गणित-1.csv", "____-1.csv"),
        ("../../etc/passwd-1.csv", "_.._etc_passwd-1.csv", "_.._etc_passwd-1.csv"),
        ('a"; filename="b.csv', "a__ filename__b.csv", "a__ filename__b.csv"),
        ("a\r\nSet-Cookie: x=1.csv", "a__Set-Cookie_ x_1.csv", "a__Set-Cookie_ x_1.csv"),
        ("C:\\x-1.csv", "C__x-1.csv", "C__x-1.csv"),
        ("a\u202egpj.csv", "a_gpj.csv", "a_gpj.csv"),
        ("100% = all-1.csv", "100_ _ all-1.csv", "100_ _ all-1.csv"),
    ],
)
def test_a_download_is_named_as_a_person_would_name_it(name: str, read: str, plain: str) -> None:
    assert names_read(attachment(name)["Content-Disposition"]) == [read, plain]


@given(st.text(max_size=60))
def test_no_name_leads_out_of_its_header_or_folder(name: str) -> None:
    header = attachment(f"{name}-1.csv")["Content-Disposition"]

    assert header.isascii()
    assert header.isprintable()
    for read in names_read(header):
        assert not set(read) & set('/\\:*?"<>|;%\r\n\0')
        assert not read.startswith(".")
        assert read.endswith("-1.csv")
