"""The figures as a table, and the ratios that the design asks for as one last line."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Group
from rich.table import Table
from rich.text import Text

OLD, ALONE, IN_PROCESS, OVER_HTTP, BOTH = (
    "old engine",
    "networks alone",
    "in one process",
    "ML service",
    "both services",
)
"""Networks alone: on the very same inputs. The services are spoken to over HTTP."""

Rows = Sequence[Mapping[str, Any]]


def report(rows: Rows, machine: Mapping[str, Any], described: str) -> Group:
    """Everything measured, the way it was measured, and what it was measured on."""
    table = Table("", "way", "faces", "wall ms", "CPU ms", "wall ratio", "CPU ratio", title=f"Speed ({described})")
    for name in dict.fromkeys(row["name"] for row in rows):
        own = [row for row in rows if row["name"] == name]
        old = next((row for row in own if row["way"] == OLD), None)
        for row in own:
            faces = "" if row["faces"] is None else str(row["faces"])
            times = (f"{row['wall_ms']:.1f}", f"{row['cpu_ms']:.1f}")
            first = name if row is own[0] else ""
            table.add_row(first, row["way"], faces, *times, _ratio("wall_ms", old, row), _ratio("cpu_ms", old, row))
        table.add_section()
    facts = ", ".join(f"{name} {value}" for name, value in machine.items())
    return Group(table, Text(facts, style="dim"))


def _ratio(kind: str, old: Mapping[str, Any] | None, row: Mapping[str, Any]) -> str:
    """How many times less than the old engine; nothing where there is no old figure, or the clock was too coarse."""
    return f"{old[kind] / row[kind]:.0f}x" if old and row is not old and row[kind] else ""


def summary(rows: Rows, efficiency: Mapping[str, float]) -> str:
    """One line: how many times faster, what the network between costs, what the service makes of the runtime."""
    wall = {(row["name"], row["way"]): row["wall_ms"] for row in rows}
    ratios = [
        f"{name} {wall[name, OLD] / wall[name, way]:.0f}x"
        for (name, way) in wall
        if way == BOTH or (way == OVER_HTTP and (name, BOTH) not in wall and (name, OLD) in wall)
    ]
    costs = [wall[name, OVER_HTTP] - wall[name, IN_PROCESS] for (name, way) in wall if way == BOTH]
    worst = max(costs) if costs else 0.0
    served, alone = efficiency["service"], efficiency["networks"]
    return (
        f"against the old engine: {', '.join(ratios)}; ML service over HTTP minus in process {worst:.1f} ms; "
        f"throughput {served / alone:.0%} of the two networks alone ({served:.1f} of {alone:.1f} photos/s)"
    )
