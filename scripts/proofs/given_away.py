"""What the answers and logs of the tests hold, looked through as a whole, and that looking finds what is planted."""

import json
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from scripts.proofs.ledger import TEST_RUN, NotMetError, this_commit
from scripts.proofs.tree import pytest

TALKING = ("backend/tests", "tests/e2e", "tests/test_bad_input.py", "tests/test_evidence.py")
"""The tests that talk to a backend."""
PLANTED = "tests/planted_leaks.py"
SECONDS = 2400


def nothing_given_away() -> str:
    """Every answer and every log of a whole run of the tests: of `make test` at this commit, or of one made here."""
    planted = _planted()
    if _of_this_commit(TEST_RUN):
        figure = "the whole of `make test` at this commit"
        sums, leaks = _reports(TEST_RUN)
    else:
        figure, sums, leaks = _tests_that_talk()
    looked = (
        f"{sums['answers']} answers of {sums['answer_bytes'] / 1e6:.1f} MB, {sums['log_lines']} lines in "
        f"{sums['logs']} logs of {sums['log_bytes'] / 1e6:.1f} MB: {len(leaks)} hits; {planted} planted ones found"
    )
    if leaks:
        raise NotMetError(f"{looked}: {leaks[:3]}")
    return f"{looked}; {figure}"


def _of_this_commit(run: Path) -> bool:
    at = run / "commit"
    return at.exists() and at.read_text().strip() == this_commit() and "+" not in this_commit()


def _tests_that_talk() -> tuple[str, Counter[str], Sequence[str]]:
    workers = ("-n", "2", "--dist", "loadfile", "--reruns", "2")
    with tempfile.TemporaryDirectory(prefix="smart-attendance-") as folder:
        figure = pytest(*workers, *TALKING, seconds=SECONDS, env={"LEAKS_REPORT": folder})
        return figure, *_reports(Path(folder))


def _planted() -> int:
    """How many planted leaks were found: all of them, or there is no telling what else is overlooked."""
    with tempfile.TemporaryDirectory(prefix="smart-attendance-") as folder:
        try:
            pytest(PLANTED, env={"LEAKS_REPORT": folder})
        except NotMetError:
            _, leaks = _reports(Path(folder))
        else:
            leaks = []
    if len(leaks) != len(("the answer", "the log")):
        raise NotMetError(f"of two planted leaks {len(leaks)} were found: {leaks}")
    return len(leaks)


def _reports(folder: Path) -> tuple[Counter[str], Sequence[str]]:
    reports = [json.loads(path.read_text()) for path in folder.glob("*.json")]
    leaks = [leak for report in reports for leak in report.pop("leaks")]
    sums: Counter[str] = Counter()
    for report in reports:
        sums.update(report)
    return sums, leaks
