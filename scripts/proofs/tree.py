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
    figure, report = _tested(*paths, seconds=seconds, env=env)
    measured: Counter[str] = Counter()
    for entry in report.iter("property"):
        # Hypothesis notes down things of its own, which are no numbers.
        if entry.attrib["value"].isdigit():
            measured[entry.attrib["name"]] += int(entry.attrib["value"])
    return "; ".join([figure, *(f"{number} {name}" for name, number in measured.items())])


def noted(*paths: str, seconds: float = 900, env: dict[str, str] | None = None) -> list[dict[str, str]]:
    """What each test of some files noted down about itself, in their order. They all have to pass."""
    _, report = _tested(*paths, seconds=seconds, env=env)
    return [
        {entry.attrib["name"]: entry.attrib["value"] for entry in case.iter("property")}
        for case in report.iter("testcase")
    ]


def _tested(*paths: str, seconds: float, env: dict[str, str] | None) -> tuple[str, ET.Element]:
    """How many tests passed, and pytest's report of them."""
    with tempfile.TemporaryDirectory(prefix="smart-attendance-") as folder:
        path = Path(folder) / "report.xml"
        recorded = (f"--junitxml={path}", "-o", "junit_family=xunit1")
        output = run_command(PYTHON, "-m", "pytest", *recorded, *paths, seconds=seconds, env=env)
        report = ET.parse(path).getroot()  # noqa: S314  # pytest has just written it
    counts = next((line for line in reversed(output.splitlines()) if SUMMED_UP.search(line)), "no test ran")
    figure = f"{' '.join(paths)}: {counts}"
    if "passed" not in counts or "skipped" in counts:
        raise NotMetError(figure)
    return figure, report
