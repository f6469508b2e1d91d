"""Plays a scenario with locust, which lives in an environment of its own, and reads what was answered."""

import json
import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from attendance_bench.machine import ROOT
from attendance_bench.school.plan import PLAN, RECORD, Plan

LOCUST = ROOT / ".venvs" / "bench" / "bin" / "locust"
SCENARIOS = ROOT / "bench" / "load"
END_SECONDS = 60
Playing = subprocess.Popen[bytes]


@dataclass(frozen=True)
class Asked:
    """One call and its answer: when, how many milliseconds it took, the status (0: no answer came)."""

    at: float
    call: str
    ms: float
    status: int
    error: str = ""
    student: str = ""


def play(
    scenario: str,
    plan: Plan,
    folder: Path,
    *,
    users: int,
    seconds: float,
    meanwhile: Callable[[Path, Playing], None] | None = None,
) -> list[Asked]:
    """Every call of a scenario, in the order of the answers.

    Args:
        scenario: its file's name in `bench/load`.
        plan: the school.
        folder: for the plan, the record and what locust says.
        users: how many people; a scenario whose people are counted takes those.
        seconds: at most.
        meanwhile: what else happens, told the record as it grows and the process.

    Raises:
        RuntimeError: the scenario could not be played.
    """
    folder.mkdir(parents=True, exist_ok=True)
    record = folder / "record.jsonl"
    record.write_text("")
    plan.write(folder / "plan.json")
    command: list[str | Path] = [LOCUST, "-f", SCENARIOS / f"{scenario}.py", "--headless", "--users", str(users)]
    command += ["--spawn-rate", str(max(users / 10, 50)), "--run-time", f"{seconds:.0f}s", "--stop-timeout", "5"]
    command += ["--only-summary", "--exit-code-on-error", "0"]
    environment = {PLAN: folder / "plan.json", RECORD: record, "PYTHONPATH": ROOT / "bench"}
    with (folder / "locust.log").open("wb") as log:
        given = {**os.environ, **{name: str(value) for name, value in environment.items()}}
        process = subprocess.Popen(command, env=given, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            if meanwhile:
                meanwhile(record, process)
            process.wait(seconds + END_SECONDS)
        finally:
            process.kill()
            process.wait()
    if process.returncode:
        raise RuntimeError(f"{scenario} was not played: {(folder / 'locust.log').read_text()[-1000:]}")
    return read(record)


def read(record: Path) -> list[Asked]:
    """The calls of a record."""
    lines = record.read_text(encoding="utf-8").splitlines()
    told: list[dict[str, Any]] = [json.loads(line) for line in lines]
    return [Asked(**one) for one in told]
