"""What the register is as a whole: who may call what, a whole term, sessions in many hands, nothing given away."""

import json
import os
import tempfile
from pathlib import Path

from scripts.proofs.ledger import NotMetError, run_command
from scripts.proofs.tree import PYTHON, pytest

LONG = os.environ.get("LONG") == "1"
CALLERS = 5
CALL_SECONDS = 600 if LONG else 120
"""Of made-up calls, everybody together."""
LOOKED_THROUGH = ("backend/tests", "tests/e2e", "tests/test_bad_input.py", "tests/test_evidence.py")


def authorisation_matrix() -> str:
    return pytest("backend/tests/test_matrix.py", "backend/tests/test_access.py")


def whole_term() -> str:
    told = run_command(PYTHON, "-m", "attendance_bench", "term", seconds=2400)
    return "; ".join(line.strip() for line in told.splitlines()[1:] if line.strip())


def session_in_many_hands() -> str:
    return pytest("backend/tests/domains/attendance/test_session_states.py", env={"LONG": "1"} if LONG else None)


def nothing_given_away() -> str:
    """Every answer and every log of the tests that talk to a backend."""
    with tempfile.TemporaryDirectory(prefix="smart-attendance-") as folder:
        figure = pytest("-n", "2", "--dist", "loadfile", *LOOKED_THROUGH, seconds=1800, env={"LEAKS_REPORT": folder})
        reports = [json.loads(path.read_text()) for path in Path(folder).glob("*.json")]
    sums = {name: sum(report[name] for report in reports) for name in ("answers", "answer_bytes", "logs", "log_bytes")}
    if leaks := [leak for report in reports for leak in report["leaks"]]:
        raise NotMetError(f"{len(leaks)} leaks: {leaks[:3]}")
    return (
        f"{sums['answers']} answers of {sums['answer_bytes'] / 1e6:.1f} MB and {sums['logs']} logs of "
        f"{sums['log_bytes'] / 1e6:.1f} MB hold no vector, photo or secret; {figure}"
    )


def shared_codes() -> str:
    return pytest("backend/tests/domains/codes")


def made_up_calls() -> str:
    each = str(CALL_SECONDS // CALLERS)
    return pytest("backend/tests/test_conformance.py", seconds=1800, env={"CONFORMANCE_SECONDS": each})
