"""CSV that a spreadsheet opens as it is meant: with a byte order mark, and no cell that would run as a formula.

And the name under which a browser keeps it, which leads out of no folder and out of no header.
"""

import csv
import io
import unicodedata
from collections.abc import Iterable, Sequence
from urllib.parse import quote

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001  # full-width ones run too
HARMLESS_IN_NAMES = frozenset(" .-_+()")
BYTE_ORDER_MARK = "\ufeff"
CSV = "text/csv"


def csv_bytes(header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """The rows as UTF-8 with a byte order mark, lines ended by CR LF as RFC 4180 has it."""
    return BYTE_ORDER_MARK.encode() + csv_lines([header, *rows])


def csv_lines(rows: Iterable[Sequence[str]]) -> bytes:
    """More rows of such a file."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    for row in rows:
        writer.writerow([harmless(cell) for cell in row])
    return text.getvalue().encode()


def harmless(cell: str) -> str:
    """The cell, with an apostrophe before what a spreadsheet would take for a formula.

    What has apostrophes there already gets one more, so that `as_written` can tell ours from those.
    """
    return f"'{cell}" if _runs(cell) else cell


def as_written(cell: str) -> str:
    """The cell as it was before `harmless`."""
    return cell[1:] if cell.startswith("'") and _runs(cell) else cell


def _runs(cell: str) -> bool:
    return cell.lstrip(" \u00a0'").startswith(FORMULA_STARTS)


def attachment(name: str) -> dict[str, str]:
    """The header that gives a download its name, for clients that read RFC 6266 and for those that read ASCII only."""
    kept = "".join(character if _is_harmless(character) else "_" for character in name).strip(" .")
    plain = "".join(character if character.isascii() else "_" for character in kept)
    return {"Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(kept, safe='')}"}


def _is_harmless(character: str) -> bool:
    """Letters of every script, digits and a few signs; nothing invisible, nothing that a path is made of."""
    return character in HARMLESS_IN_NAMES or unicodedata.category(character)[0] in "LMN"
