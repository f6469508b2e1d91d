"""A table on A4 pages: a title, what it is about, and rows under a header that each page repeats."""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pydyf

from attendance_backend.lettering import Glyph, Lettering

SHORT, LONG = 595, 842
"""Sides of an A4 page, in points."""
MARGIN, LINE, GAP = 36, 15, 8
TITLE_SIZE, SIZE = 15, 8
MANY_COLUMNS = 6
"""With more of them the page lies on its long side."""
GREY = 0.85
_EM = 1000
Cells = Sequence[str]


@dataclass(frozen=True)
class _Column:
    left: float
    width: float
    is_number: bool


class _Sheet:
    """One page while it is written on, from the top."""

    def __init__(self, lettering: Lettering, width: float, height: float) -> None:
        self.stream = pydyf.Stream(compress=True)
        self.left = height - MARGIN
        self._lettering = lettering
        self._right = width - MARGIN

    @property
    def is_full(self) -> bool:
        return self.left < MARGIN + 2 * LINE

    def title(self, text: str, size: float) -> None:
        self.left -= size
        _write(self.stream, self._lettering.set(text), MARGIN, self.left, size)
        self.left -= LINE - SIZE

    def row(self, columns: Sequence[_Column], cells: Cells) -> None:
        self.left -= LINE
        for column, cell in zip(columns, cells, strict=True):
            glyphs = _fitting(self._lettering, cell, column.width)
            spare = column.width - _width(glyphs) if column.is_number else 0
            _write(self.stream, glyphs, column.left + spare, self.left, SIZE)
        self._rule()

    def foot(self, text: str) -> None:
        glyphs = self._lettering.set(text)
        _write(self.stream, glyphs, self._right - _width(glyphs), MARGIN / 2, SIZE)

    def _rule(self) -> None:
        below = self.left - LINE / 3
        self.stream.set_color_rgb(GREY, GREY, GREY, stroke=True)
        self.stream.set_line_width(0.5)
        self.stream.move_to(MARGIN, below)
        self.stream.line_to(self._right, below)
        self.stream.stroke()


def pages_of(title: str, lines: Sequence[str], header: Cells, rows: Sequence[Cells]) -> bytes:
    """The table as a PDF. What is too wide for its column ends in an ellipsis."""
    lettering = Lettering()
    width, height = (LONG, SHORT) if len(header) > MANY_COLUMNS else (SHORT, LONG)
    columns = _columns(lettering, header, rows, width - 2 * MARGIN)
    sheets = [_Sheet(lettering, width, height)]
    sheets[0].title(title, TITLE_SIZE)
    for line in lines:
        for part in _wrapped(lettering, line, width - 2 * MARGIN):
            sheets[0].title(part, SIZE)
    sheets[0].row(columns, header)
    for row in rows:
        if sheets[-1].is_full:
            sheets.append(_Sheet(lettering, width, height))
            sheets[-1].row(columns, header)
        sheets[-1].row(columns, row)
    for number, sheet in enumerate(sheets, start=1):
        sheet.foot(f"{number} / {len(sheets)}")
    return _bound(lettering, title, sheets, width, height)


def _wrapped(lettering: Lettering, text: str, room: float) -> Iterator[str]:
    """The text in lines that have room, broken between words."""
    line = ""
    for word in text.split():
        longer = f"{line} {word}".strip()
        if line and _width(lettering.set(longer)) > room:
            yield line
            longer = word
        line = longer
    yield line


def _bound(lettering: Lettering, title: str, sheets: Sequence[_Sheet], width: float, height: float) -> bytes:
    pdf = pydyf.PDF()
    pdf.info["Title"] = pydyf.String(title)
    fonts = lettering.fonts(pdf)
    pdf.add_object(fonts)
    for sheet in sheets:
        pdf.add_object(sheet.stream)
        page = {
            "Type": "/Page",
            "Parent": pdf.pages.reference,
            "MediaBox": pydyf.Array([0, 0, width, height]),
            "Contents": sheet.stream.reference,
            "Resources": pydyf.Dictionary({"Font": fonts.reference}),
        }
        pdf.add_page(pydyf.Dictionary(page))
    file = io.BytesIO()
    pdf.write(file)
    return file.getvalue()


def _columns(lettering: Lettering, header: Cells, rows: Sequence[Cells], room: float) -> list[_Column]:
    """As wide as their widest cell; where that is too much for the page, the widest are made narrower."""
    wanted = [max(_width(lettering.set(cell)) for cell in column) for column in zip(header, *rows, strict=True)]
    most = _most(wanted, room - GAP * (len(wanted) - 1))
    numbers = [all(_is_number(cell) for cell in column) for column in zip(*rows, strict=True)] or [False] * len(header)
    return list(_placed([min(width, most) for width in wanted], numbers))


def _most(wanted: Sequence[float], room: float) -> float:
    """The width at which columns are cut for all of them to have room."""
    left, most = room, max(wanted)
    for cut, width in enumerate(sorted(wanted)):
        share = left / (len(wanted) - cut)
        if width > share:
            return share
        left -= width
    return most


def _placed(widths: Sequence[float], numbers: Sequence[bool]) -> Iterator[_Column]:
    left = float(MARGIN)
    for width, is_number in zip(widths, numbers, strict=True):
        yield _Column(left, width, is_number)
        left += width + GAP


def _is_number(cell: str) -> bool:
    return not cell or cell.replace(".", "", 1).isdecimal()


def _width(glyphs: Sequence[Glyph]) -> float:
    return sum(glyph.advance for glyph in glyphs) * SIZE / _EM


def _fitting(lettering: Lettering, text: str, width: float) -> list[Glyph]:
    shown, glyphs = text, lettering.set(text)
    while shown and _width(glyphs) > width + 0.01:
        shown = shown[:-1]
        glyphs = lettering.set(f"{shown.rstrip()}…")
    return glyphs


def _write(stream: pydyf.Stream, glyphs: Sequence[Glyph], left: float, base: float, size: float) -> None:
    """Each glyph at its own place: marks sit where their script has them."""
    stream.begin_text()
    font = None
    for glyph in glyphs:
        if glyph.font != font:
            font = glyph.font
            stream.set_font_size(font, size)
        right, up = glyph.right * size / _EM, glyph.up * size / _EM
        stream.set_text_matrix(1, 0, 0, 1, round(left + right, 2), round(base + up, 2))
        stream.stream.append(f"<{glyph.code}> Tj")
        left += glyph.advance * size / _EM
    stream.end_text()
