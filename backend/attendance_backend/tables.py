"""A table as a file that is sent as it is read: CSV, XLSX or PDF. No cell of any is a formula that would run.

It knows no column's meaning, and holds no row longer than it takes to write it, except for a PDF, which is laid out.
"""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from fastapi.responses import StreamingResponse

from attendance_backend.spreadsheet import CSV, attachment, csv_bytes, csv_lines

Cell = str | int | float | None
Rows = AsyncIterator[Sequence[Sequence[Cell]]]
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PDF = "application/pdf"
ROWS_A_SHEET = 1_000_000
"""Of the 1,048,576 that a sheet can have."""
PART_BYTES = 1 << 16


class SheetFormat(StrEnum):
    """Formats for tables of any length."""

    CSV = "csv"
    XLSX = "xlsx"


class TableFormat(StrEnum):
    """Formats for a report."""

    CSV = "csv"
    XLSX = "xlsx"
    PDF = "pdf"


MEDIA_TYPES = {TableFormat.CSV: CSV, TableFormat.XLSX: XLSX, TableFormat.PDF: PDF}


@dataclass(frozen=True)
class Table:
    """What is to be sent: `rows` come in batches, as they are read; `name` is the file's, without what follows the dot.

    `lines` say beneath the title what the table is about; they are shown where a format has room for them.
    """

    name: str
    title: str
    lines: Sequence[str]
    header: Sequence[str]
    rows: Rows


def sent(table: Table, wanted: TableFormat | SheetFormat) -> StreamingResponse:
    """The table as a download."""
    known = TableFormat(wanted)
    parts = {TableFormat.CSV: csv_parts, TableFormat.XLSX: xlsx_parts, TableFormat.PDF: pdf_parts}[known]
    return StreamingResponse(parts(table), media_type=MEDIA_TYPES[known], headers=attachment(f"{table.name}.{known}"))


def described(*formats: TableFormat | SheetFormat) -> dict[int | str, dict[str, Any]]:
    """What OpenAPI says of a route that answers with a table."""
    schema = {"type": "string", "format": "binary"}
    content = {MEDIA_TYPES[TableFormat(one)]: {"schema": schema} for one in formats}
    return {200: {"description": "The file, sent as it is read", "content": content}}


async def csv_parts(table: Table) -> AsyncIterator[bytes]:
    yield csv_bytes(table.header, [])
    async for rows in table.rows:
        yield csv_lines([["" if cell is None else str(cell) for cell in row] for row in rows])


async def xlsx_parts(table: Table) -> AsyncIterator[bytes]:
    """A workbook, written to a file of its own that is gone when it is sent; text stays text, numbers are numbers."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.xlsx"
        sheets = _Workbook(path, folder, table.header)
        try:
            async for rows in table.rows:
                await asyncio.to_thread(sheets.write, rows)
        finally:
            await asyncio.to_thread(sheets.close)
        with path.open("rb") as file:
            while part := await asyncio.to_thread(file.read, PART_BYTES):
                yield part


class _Workbook:
    """Rows on as many sheets as they need; each is on the disk once it is written."""

    def __init__(self, path: Path, folder: str, header: Sequence[str]) -> None:
        from xlsxwriter import Workbook  # noqa: PLC0415  # nobody waits for it who asks for no workbook

        options = {"constant_memory": True, "tmpdir": folder, "strings_to_formulas": False, "strings_to_urls": False}
        self._book = Workbook(str(path), options)
        self._bold = self._book.add_format({"bold": True})
        self._header = header
        self._next = ROWS_A_SHEET

    def write(self, rows: Sequence[Sequence[Cell]]) -> None:
        for row in rows:
            if self._next >= ROWS_A_SHEET:
                self._start_sheet()
            for column, cell in enumerate(row):
                if isinstance(cell, str):
                    self._sheet.write_string(self._next, column, cell)
                elif cell is not None:
                    self._sheet.write_number(self._next, column, cell)
            self._next += 1

    def _start_sheet(self) -> None:
        self._sheet = self._book.add_worksheet()
        self._sheet.freeze_panes(1, 0)
        for column, name in enumerate(self._header):
            self._sheet.write_string(0, column, name, self._bold)
        self._next = 1

    def close(self) -> None:
        if self._next == ROWS_A_SHEET:
            self._start_sheet()
        self._book.close()


async def pdf_parts(table: Table) -> AsyncIterator[bytes]:
    """Pages for people, laid out once all rows are read."""
    from attendance_backend.pdf import pages_of  # noqa: PLC0415  # its fonts are read by who asks for pages only

    rows = [["" if cell is None else str(cell) for cell in row] async for some in table.rows for row in some]
    yield await asyncio.to_thread(pages_of, table.title, table.lines, table.header, rows)
