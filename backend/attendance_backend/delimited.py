"""Text tables (CSV and its kin) as schools send them: whatever encoding, separator and line ends they have.

It knows no column's meaning, and refuses what is no text, or no table.
"""

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from attendance_kit.errors import ServiceError

MOST_LINES = 50_000
"""Lines of data in one file: a university of this size sends one a faculty."""
SEPARATORS = (",", ";", "\t", "|")
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_FIRST_BYTES = {
    b"PK\x03\x04": "an Excel workbook or a ZIP",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
    b"%PDF": "a PDF",
}
_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?(?:\r\n|\r|\n)', re.IGNORECASE)
_SAMPLE = 4_000
"""Bytes looked at for UTF-16 without a mark, whose Latin letters have a zero in every other byte."""


class TableUnreadable(ServiceError):
    status, code, title = 422, "TABLE_UNREADABLE", "The file is no table that can be read"


@dataclass(frozen=True)
class Line:
    """One record of a table, and the line of the file where it begins (1: the first)."""

    number: int
    cells: Sequence[str]


@dataclass(frozen=True)
class Table:
    """A file that was read: blank lines are left out, cells are as they stand."""

    encoding: str
    separator: str
    header: Line
    lines: Sequence[Line]


def read_table(content: bytes, known: Callable[[Sequence[str]], int]) -> Table:
    """The table in a file; of all separators that counts whose header has most columns that are `known`.

    Raises:
        TableUnreadable: the file is no text, has no header, a cell without end, or over `MOST_LINES` lines.
    """
    text, encoding = decode(content)
    text, offset, told = _without_separator_line(text)
    first = next(_records(text, told or ",", offset), None)
    if first is None:
        raise TableUnreadable("The file is empty.", reasons=["empty"])
    separator = told or max(SEPARATORS, key=lambda one: _fit(text, one, offset, known))
    records = _records(text, separator, offset)
    # There is one by the separator that was told, and by the one of the others that fits best.
    header = next(records)
    return Table(encoding, separator, header, list(_bounded(records)))


def decode(content: bytes) -> tuple[str, str]:
    """The text of a file and the encoding it was in: by its mark, else UTF-8, UTF-16, or Windows-1252 in that order.

    Raises:
        TableUnreadable: it is another kind of file, or damaged.
    """
    for start, kind in _FIRST_BYTES.items():
        if content.startswith(start):
            raise TableUnreadable(f"This is {kind}, not a text table: save it as CSV.", reasons=["not_text"])
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return _strictly(content, encoding), encoding
    if unmarked := _unmarked_utf_16(content):
        return _strictly(content, unmarked), unmarked
    for encoding in ("utf-8", "cp1252"):
        try:
            return content.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    return content.decode("latin-1"), "latin-1"


def _strictly(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        detail = f"The file says that it is {encoding.upper()}, and byte {error.start} is not."
        raise TableUnreadable(detail, reasons=["bad_encoding"]) from error


def _unmarked_utf_16(content: bytes) -> str | None:
    sample = content[:_SAMPLE]
    zeros = [sample[start::2].count(0) for start in (0, 1)]
    if max(zeros) * 4 < len(sample) or min(zeros) * 10 > max(zeros):
        return None
    return "utf-16-be" if zeros[0] > zeros[1] else "utf-16-le"


def _without_separator_line(text: str) -> tuple[str, int, str | None]:
    """The text behind the line in which Excel is told the separator, how many lines that was, and the separator."""
    if found := _SEPARATOR_LINE.match(text):
        return text[found.end() :], 1, found.group(1)
    return text, 0, None


def _fit(text: str, separator: str, offset: int, known: Callable[[Sequence[str]], int]) -> tuple[int, int]:
    """How many known columns and columns the header has; a separator by which there is none fits least."""
    try:
        header = next(_records(text, separator, offset), None)
    except TableUnreadable:
        header = None
    return (known(header.cells), len(header.cells)) if header else (-1, 0)


def _records(text: str, separator: str, offset: int) -> Iterator[Line]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    before = 0
    try:
        for cells in reader:
            number, before = before + 1 + offset, reader.line_num
            if any(cell.strip() for cell in cells):
                yield Line(number, cells)
    except csv.Error as error:
        detail = f"From line {before + 1 + offset} on the file is no table: is a quote not closed?"
        raise TableUnreadable(detail, reasons=["malformed"]) from error


def _bounded(records: Iterator[Line]) -> Iterator[Line]:
    for count, record in enumerate(records, start=1):
        if count > MOST_LINES:
            raise TableUnreadable(
                f"A file may have at most {MOST_LINES} lines: send it in parts.", reasons=["too_long"], limit=MOST_LINES
            )
        yield record
