"""A whole school at its browsers, as `bench/` plays it: lines 6, 7 and 8."""

import os

from scripts.proofs.ledger import ROOT, run_command
from scripts.proofs.tree import PYTHON

LEVELS, LONG_LEVELS = (50, 100, 300), (50, 100, 300, 1_000)
"""People at once."""
LONG = bool(os.environ.get("LONG"))


def class_start() -> str:
    """With one backend, and with two of which one is killed half way."""
    return " | ".join(_bench("class-start", seconds=600).splitlines())


def morning() -> str:
    """Real people think, two teachers photograph; the report lies in `var/load`."""
    users, seconds = (LONG_LEVELS, 600) if LONG else (LEVELS, 180)
    levels = ["--users", *map(str, users), "--seconds", str(seconds)]
    told = _bench("morning", *levels, "--until-it-breaks", seconds=len(users) * seconds + 1_200)
    return " | ".join(told.splitlines())


def soak() -> str:
    """Memory, handles and connections of each process: what it held when it was warm, and what it gained since."""
    seconds = 3600 if LONG else 600
    return " | ".join(_bench("soak", "--seconds", str(seconds), seconds=seconds + 600).splitlines())


def _bench(*command: str, seconds: float) -> str:
    """What a measurement prints; locust is in an environment of its own, made where it is not there."""
    run_command("make", "--silent", ".venvs/bench/.done", cwd=ROOT, seconds=600)
    return run_command(PYTHON, "-m", "attendance_bench", *command, seconds=seconds).strip()
