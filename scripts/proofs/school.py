"""What the register is as a whole: who may call what, a whole term, sessions in many hands, codes, made-up calls."""

from scripts.proofs.ledger import FOLDER, run_command
from scripts.proofs.tree import PYTHON, pytest

CALLERS = 5
CALL_SECONDS = 600
"""Of made-up calls, everybody together."""


def authorisation_matrix() -> str:
    return pytest("backend/tests/test_matrix.py", "backend/tests/test_access.py")


def whole_term() -> str:
    told = run_command(PYTHON, "-m", "attendance_bench", "term", seconds=2400)
    return "; ".join(line.strip() for line in told.splitlines()[1:] if line.strip())


def used_calls() -> str:
    """On a copy of the term's data. What each call asks the database stands in a file beside the results."""
    told = run_command(PYTHON, "-m", "attendance_bench", "calls", "--out", FOLDER / "calls.txt", seconds=600)
    return told.strip().splitlines()[-1]


def session_in_many_hands() -> str:
    return pytest("backend/tests/domains/attendance/test_session_states.py", env={"LONG": "1"})


def shared_codes() -> str:
    return pytest("backend/tests/domains/codes")


def made_up_calls() -> str:
    each = str(CALL_SECONDS // CALLERS)
    return pytest("backend/tests/test_conformance.py", seconds=1800, env={"CONFORMANCE_SECONDS": each})
