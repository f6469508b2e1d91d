"""How the ML service bears load, and what it makes of the machine: lines 3 and 6, as `bench/` measures them."""

import json
import os
from typing import Any

from scripts.proofs.ledger import ROOT, NotMetError, run_command
from scripts.proofs.tree import PYTHON

SHORT_SECONDS, LONG_SECONDS = 8, 60
HEALTH_MS = 500
"""A liveness probe gives up after a second."""

MEMORY_MB = 600
FASTER = 10
"""Times the old engine's throughput, at the least, at the same number of clients."""

SHARE = 0.85
OURS, OLD = "ML service", "old engine"


def load() -> str:
    """1, 4, 16 and 64 clients on a class photo and a portrait; the old engine behind a like skin with 1 and 4."""
    seconds = LONG_SECONDS if os.environ.get("LONG") else SHORT_SECONDS
    run_command(PYTHON, "-m", "attendance_bench", "load", "--seconds", str(seconds), seconds=1800)
    levels = _read("load")["levels"]
    ours = [level for level in levels if level["server"] == OURS]
    figure = f"{seconds} s a level: {'; '.join(map(_told, levels))}; {_ratios(levels)[1]}"
    if not all(level["failed"] == 0 and level["health_p99"] <= HEALTH_MS for level in ours):
        raise NotMetError(f"calls failed, or health took over {HEALTH_MS} ms; {figure}")
    if max(level["memory_after"] for level in ours) > MEMORY_MB:
        raise NotMetError(f"more than {MEMORY_MB} MB; {figure}")
    if _ratios(levels)[0] < FASTER:
        raise NotMetError(f"less than {FASTER} times the old engine's throughput; {figure}")
    return figure


def efficiency() -> str:
    """Throughput of the service against its two networks alone, on the same faces in the same run, by turns."""
    line = run_command(PYTHON, "-m", "attendance_bench", "efficiency", seconds=900).strip()
    if _read("efficiency")["share"] < SHARE:
        raise NotMetError(f"less than {SHARE:.0%}: {line}")
    return line


def _read(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((ROOT / "var" / f"{name}.json").read_text(encoding="utf-8"))
    return found


def _told(level: dict[str, Any]) -> str:
    times = "/".join(f"{level[name]:.0f}" for name in ("p50", "p95", "p99"))
    return (
        f"{level['server']} {level['photo']} x{level['clients']} {level['per_second']:.1f}/s {times} ms"
        f" rejected {level['rejected']} health {level['health_p99']:.0f} ms"
        f" {level['memory_before']:.0f}-{level['memory_after']:.0f} MB"
    )


def _ratios(levels: list[dict[str, Any]]) -> tuple[float, str]:
    """The least ratio to the old engine, and all of them."""
    rate = {(level["server"], level["photo"], level["clients"]): level["per_second"] for level in levels}
    ratios = {key[1:]: rate[OURS, *key[1:]] / rate[key] for key in rate if key[0] == OLD}
    return min(ratios.values()), ", ".join(f"{photo} x{n} {ratio:.0f}x" for (photo, n), ratio in ratios.items())
