"""A whole school at its browsers, as `bench/` plays it: lines 6, 7 and 8."""

from scripts.proofs.ledger import ROOT, run_command
from scripts.proofs.tree import PYTHON


def class_start() -> str:
    """With one backend, and with two of which one is killed half way."""
    return " | ".join(_bench("class-start", seconds=600).splitlines())


def _bench(*command: str, seconds: float) -> str:
    """What a measurement prints; locust is in an environment of its own, made where it is not there."""
    run_command("make", "--silent", ".venvs/bench/.done", cwd=ROOT, seconds=600)
    return run_command(PYTHON, "-m", "attendance_bench", *command, seconds=seconds).strip()
