"""Text tables in every encoding and dialect that reaches us."""

import codecs
import csv
import io
from collections.abc import Sequence

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from attendance_backend.delimited import MOST_LINES, TableUnreadable, read_table

HEADER = ["roll number", "name", "note"]
LATIN = st.characters(codec="cp1252", categories=["L", "N", "P", "Zs"])
CELLS = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "Zs", "S"]), max_size=20)
ROWS = st.lists(st.tuples(CELLS, CELLS, CELLS).map(list), max_size=8)


def known(header: Sequence[str]) -> int:
    return sum(cell.strip() in HEADER for cell in header)


def written(rows: Sequence[Sequence[str]], separator: str, line_end: str, *, quote_all: bool = False) -> str:
    text = io.StringIO(newline="")
    quoting = csv.QUOTE_ALL if quote_all else csv.QUOTE_MINIMAL
    csv.writer(text, delimiter=separator, lineterminator=line_end, quoting=quoting).writerows(rows)
    return text.getvalue()


@given(
    ROWS,
    st.sampled_from([",", ";", "\t", "|"]),
    st.sampled_from(["\r\n", "\n", "\r"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    st.booleans(),
    st.integers(0, 3),
)
def test_what_was_written_is_read_whatever_the_dialect(
    rows: list[list[str]], separator: str, line_end: str, encoding: str, quote_all: bool, trailing: int
) -> None:
    text = written([HEADER, *rows], separator, line_end, quote_all=quote_all) + line_end * trailing

    table = read_table(text.encode(encoding), known)

    assert (table.header.cells, table.separator) == (HEADER, separator)
    assert [line.cells for line in table.lines] == [row for row in rows if any(cell.strip() for cell in row)]


@given(st.lists(st.text(LATIN, min_size=1, max_size=12), min_size=1, max_size=5))
@example(["Müller", "Søren", "Ça"])
def test_what_is_no_utf_8_is_taken_for_windows_1252(names: list[str]) -> None:
    content = written([HEADER, *[["1", name, ""] for name in names]], ";", "\r\n").encode("cp1252")
    assume(not _is_utf_8(content))

    table = read_table(content, known)

    assert table.encoding == "cp1252"
    assert [line.cells[1] for line in table.lines] == names


def _is_utf_8(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True


@given(st.binary(max_size=300))
@example(codecs.BOM_UTF16_LE + b"\x00")
@example(b'"\r\n')
@example(b"a\x00b\n\x00\x00")
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    outcome = _read_or_reasons(content)

    assert outcome


def _read_or_reasons(content: bytes) -> object:
    try:
        return read_table(content, known)
    except TableUnreadable as refusal:
        return refusal.details["reasons"]


def test_utf_16_without_a_mark_is_seen_by_its_zeros() -> None:
    text = written([HEADER, ["1", "Müller", ""]], "\t", "\r\n")

    for encoding in ("utf-16-le", "utf-16-be"):
        table = read_table(text.encode(encoding), known)
        assert (table.encoding, table.lines[0].cells[1]) == (encoding, "Müller")


def test_lines_are_counted_as_an_editor_does() -> None:
    text = 'sep=;\r\nroll number;name\r\n\r\n1;"Ann\r\nof two lines"\r\n;;\r\n2;Ben\r\n'

    table = read_table(text.encode(), known)

    assert table.header.number == 2
    assert [(line.number, line.cells[0]) for line in table.lines] == [(4, "1"), (7, "2")]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf\r\n\r\n", "empty"),
        (b"PK\x03\x04rest of a workbook", "not_text"),
        (codecs.BOM_UTF16_LE + b"a", "bad_encoding"),
        (codecs.BOM_UTF8 + b"roll\xff", "bad_encoding"),
        (b'roll number,name\r\n1,"' + b"x" * 200_000, "malformed"),
        (b"roll number\n" + b"1\n" * (MOST_LINES + 1), "too_long"),
    ],
)
def test_what_is_no_table_is_refused_with_its_reason(content: bytes, reason: str) -> None:
    with pytest.raises(TableUnreadable) as refusal:
        read_table(content, known)

    assert refusal.value.details["reasons"] == [reason]
