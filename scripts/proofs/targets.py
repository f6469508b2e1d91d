"""The design's figures to reach, each beside what this machine reached. What is missed is said, never left out."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from scripts.proofs.ledger import ROOT, NotMetError, run_command
from scripts.proofs.tree import PYTHON

HALF_PRECISION = "amx_bf16"
"""The processor feature on which the higher ratios are asked for."""


@dataclass(frozen=True)
class Target:
    """One figure. `least` says that it is to be at least `asked`, else at most."""

    name: str
    asked: float
    reached: float
    unit: str
    least: bool = False

    @property
    def met(self) -> bool:
        return self.reached >= self.asked if self.least else self.reached <= self.asked

    def __str__(self) -> str:
        sign, word = (">=" if self.least else "<="), ("" if self.met else "MISSED ")
        return f"{word}{self.name} {self.reached:.3g}{self.unit} ({sign} {self.asked:g})"


def judge(targets: list[Target]) -> str:
    """All figures in one line, the missed ones first. Raises NotMetError with it if there are any."""
    line = "; ".join(map(str, sorted(targets, key=lambda target: target.met)))
    if all(target.met for target in targets):
        return line
    raise NotMetError(f"{line}; docs/figures.md says why, and what would close it")


def speed_and_memory() -> str:
    """The figures that bench/ measures: times against the old engine's, cost of the services, start and memory."""
    run_command(PYTHON, "-m", "attendance_bench", "speed", seconds=1200)
    bench = json.loads((ROOT / "var" / "bench.json").read_text(encoding="utf-8"))
    rest = json.loads(run_command(PYTHON, "-m", "attendance_bench", "rest", seconds=600))
    return judge([*speed_targets(bench), *rest_targets(rest["services"])])


def speed_targets(bench: Mapping[str, Any]) -> Iterator[Target]:
    """Of what `attendance_bench speed` keeps."""
    wall = {
        (row["name"], row["way"]): row["wall_ms"]
        for stage in (bench["stages"]["old engine"], bench["stages"]["services"]["figures"])
        for row in stage
    }
    fast = HALF_PRECISION in bench["machine"]["features"]
    for name, way, asked in (
        ("10 faces, 1920x1280", "both services", 30 if fast else 18),
        ("10 faces, 4000x3000", "both services", 45 if fast else 28),
        ("portrait 640x480", "ML service", 30 if fast else 18),
    ):
        yield Target(
            f"{name} against the old engine", asked, wall[name, "old engine"] / wall[name, way], "x", least=True
        )
    yield Target("matching 10 x 30 x 3 in the service", 2, wall["match 10 x 30 x 3", "in one process"], " ms")
    for name in ("10 faces, 1920x1280", "10 faces, 4000x3000"):
        cost = wall[name, "ML service"] - wall[name, "in one process"]
        yield Target(f"being two services, {name}", 5, cost, " ms")


def rest_targets(services: Mapping[str, Any]) -> Iterator[Target]:
    """Of what `attendance_bench rest` prints. Starts are judged by processor time: the clock also counts the wait for
    whatever else the machine does.
    """
    ml, backend = services["ml"], services["backend"]
    yield Target("ML service start to ready", 2, ml["ready_cpu_s"], " s of processor")
    yield Target("backend start to ready", 1, backend["ready_cpu_s"], " s of processor")
    yield Target("ML service at rest", 350, ml["rest_mb"], " MB")
    yield Target("ML service at work", 600, ml["work_mb"], " MB")
    yield Target("backend at rest", 120, backend["rest_mb"], " MB")
