"""What a dead ML service costs those who need no faces, and what a machine does to the data when it fails itself."""

import os

from scripts.proofs.ledger import NotMetError
from scripts.proofs.tree import noted, pytest

TURNS = "tests/e2e/test_turns.py"
MACHINE = (
    "backend/tests/test_disk_full.py",
    "backend/tests/test_clock_set_back.py",
    "backend/tests/domains/attendance/test_flows_photos_away.py",
    "backend/tests/adapters/test_photos.py",
    "backend/tests/test_object_store_faults.py",
)
SHORT_ROUNDS, LONG_ROUNDS = 30, 200
MOST_RATIO, MOST_MORE_MS = 1.25, 20.0
"""Of the medians: one of the two has to hold."""


def calls_in_turns() -> str:
    """Each call's median in milliseconds with the ML service alive and dead; none may fail in either."""
    rounds = LONG_ROUNDS if os.environ.get("LONG") else SHORT_ROUNDS
    (told,) = noted(TURNS, env={"TURN_ROUNDS": str(rounds)})
    medians = {name: tuple(map(float, value.split())) for name, value in told.items()}
    figure = f"{4 * rounds} rounds, alive -> dead: " + ", ".join(
        f"{name} {alive:.0f} -> {dead:.0f} ms" for name, (alive, dead) in medians.items()
    )
    slower = [
        name for name, (alive, dead) in medians.items() if dead > alive * MOST_RATIO and dead > alive + MOST_MORE_MS
    ]
    if slower:
        raise NotMetError(f"slower without it: {', '.join(slower)}; {figure}")
    return figure


def machine_faults() -> str:
    """Full disks, wires cut in mid-commit and in mid-photo, an object store away or silent, a clock an hour back."""
    return pytest(*MACHINE)
