"""The tree that is proved: its tests, and clones of it that nobody has installed anything in."""

import re
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from xml.etree import ElementTree as ET

from scripts.proofs.ledger import ROOT, NotMetError, run_command

SUMMED_UP = re.compile(r"\d+ (passed|failed|skipped|error).* in [\d.]+s")
PYTHON = ROOT / ".venv/bin/python"


@contextmanager
def fresh_clone() -> Iterator[Path]:
    """The committed tree in a folder of its own, with the sample data beside it where there is some."""
    with tempfile.TemporaryDirectory(prefix="smart-attendance-") as folder:
        clone = Path(folder) / "clone"
        run_command("git", "clone", "--quiet", str(ROOT), str(clone))
        yield clone


def run_once_from(clone: Path) -> str:
    """What `make run` says in a clone, with data and cache folders of its own, until the register is printed."""
    own = {name: str(clone.parent / name.lower()) for name in ("SMART_ATTENDANCE_HOME", "SMART_ATTENDANCE_CACHE")}
    return run_command("make", "run", "DEMO=once", "PORT=0", "ML_PORT=0", cwd=clone, env=own, seconds=900)


def pytest(*paths: str, seconds: float = 900, env: dict[str, str] | None = None) -> str:
    """The tests of some files, all of them: one that was skipped has proved nothing. And what they measured, summed."""
    with tempfile.TemporaryDirectory(prefix="smart-attendance-") as folder:
        report = Path(folder) / "report.xml"
        recorded = (f"--junitxml={report}", "-o", "junit_family=xunit1")
        output = run_command(PYTHON, "-m", "pytest", *recorded, *paths, seconds=seconds, env=env)
        measured = _measured(report)
    counts = next((line for line in reversed(output.splitlines()) if SUMMED_UP.search(line)), "no test ran")
    figure = f"{' '.join(paths)}: {counts}"
    if "passed" not in counts or "skipped" in counts:
        raise NotMetError(figure)
    return "; ".join([figure, *(f"{number} {name}" for name, number in measured.items())])


def _measured(report: Path) -> Counter[str]:
    measured: Counter[str] = Counter()
    for entry in ET.parse(report).iter("property"):  # noqa: S314  # pytest has just written it
        # Hypothesis notes down things of its own, which are no numbers.
        if entry.attrib["value"].isdigit():
            measured[entry.attrib["name"]] += int(entry.attrib["value"])
    return measured
