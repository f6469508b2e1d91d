"""What files do: those that come in dirty, the photos of a school, and what a spreadsheet makes of an export."""

import os
import shutil
import tempfile
import zipfile
from pathlib import Path

from scripts.proofs.evaluating import data
from scripts.proofs.ledger import NotMetError, SkippedError, run_command
from scripts.proofs.tree import PYTHON, pytest

TESTS = "tests/e2e/test_imports.py"
FULL = {"IMPORT_ROWS": "2000", "IMPORT_PHOTOS": "200"}
SCHOOL = "backend/tests/domains/imports/oneroster/test_large.py"
WHOLE_SCHOOL = {"ONEROSTER_STUDENTS": "1000", "ONEROSTER_CLASSES": "60", "ONEROSTER_CLASSES_EACH": "10"}
FORMULA = b"<f"
"""Begins the formula of a cell in a workbook: <f>, or <f with attributes."""
PROBE = """
from attendance_backend.spreadsheet import FORMULA_STARTS, csv_bytes
rows = [[start + "1+1", start + 'HYPERLINK("http://x")', " " + start + "1+1"] for start in FORMULA_STARTS]
open({name!r}, "wb").write(csv_bytes(["a", "b", "c"], rows))
"""


def dirty_file() -> str:
    return _full("half_imported")


def face_photos() -> str:
    data("lfw-view1")
    return _full("zip_of_photos")


def whole_school() -> str:
    return pytest(SCHOOL, env=WHOLE_SCHOOL)


def _full(name: str) -> str:
    os.environ.update(FULL)
    return pytest(TESTS, "-k", name)


def formulas_in_a_spreadsheet() -> str:
    """Every start of a formula in an export, made a workbook by LibreOffice; and the same file without our care."""
    office = shutil.which("soffice")
    if office is None:
        raise SkippedError("LibreOffice is not on this machine (Debian: libreoffice-calc-nogui)")
    with tempfile.TemporaryDirectory(prefix="smart-attendance-") as folder:
        safe, live = Path(folder) / "safe.csv", Path(folder) / "live.csv"
        run_command(PYTHON, "-c", PROBE.format(name=str(safe)))
        live.write_text("a,b\n=1+1,=2+2\n")
        counts = [_formulas(office, file) for file in (safe, live)]
    if counts[0] or not counts[1]:
        raise NotMetError(f"{counts[0]} live formulas in the export, {counts[1]} in a file that has two")
    return f"no live formula in the export; {counts[1]} in a file written without care"


def _formulas(office: str, file: Path) -> int:
    """How many formulas LibreOffice sees in a CSV file that it evaluates."""
    profile = f"-env:UserInstallation=file://{file.parent}/profile"
    out = ("--convert-to", "xlsx", "--outdir", str(file.parent))
    # 44 comma, 34 quotes, 76 UTF-8, first line 1, then: no quoted field is text, formulas are evaluated.
    form = "--infilter=CSV:44,34,76,1,,1033,false,true,false,false,false,-1,true"
    run_command(office, profile, "--headless", form, *out, str(file))
    with zipfile.ZipFile(file.with_suffix(".xlsx")) as book:
        sheets = [name for name in book.namelist() if name.startswith("xl/worksheets/")]
        return sum(book.read(name).count(FORMULA) for name in sheets)
