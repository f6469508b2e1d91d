"""The report of a school under load: a page of tables, and plots beside it."""

import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Picture
from matplotlib.ticker import NullFormatter, ScalarFormatter

from attendance_bench.machine import commit, facts
from attendance_bench.school.level import PROMISED, Level
from attendance_bench.school.processes import Sample

STYLE: dict[Any, Any] = {
    "svg.hashsalt": "attendance-load",
    "figure.figsize": (7.0, 4.6),
    "axes.grid": True,
    "grid.alpha": 0.3,
    "legend.frameon": False,
}
SPENT_SHOWN = 15
Draw = Callable[[Axes], None]


def write_morning(levels: Sequence[Level], seconds: float, folder: Path) -> None:
    """`morning.md`, with plots of times by people, of each call, and of what the processors did."""
    folder.mkdir(parents=True, exist_ok=True)
    draw("morning-times", folder, lambda axes: _times(axes, levels))
    promised = [level for level in levels if level.figures.users <= PROMISED]
    draw("morning-calls", folder, lambda axes: _calls(axes, (promised or levels)[-1]))
    draw("morning-cores", folder, lambda axes: _cores(axes, levels))
    told = [_head("A school's morning", f"{seconds:.0f} s a level"), *(f"- {level.told()}" for level in levels), ""]
    told += ["![times](morning-times.svg) ![calls](morning-calls.svg) ![cores](morning-cores.svg)", ""]
    for level in levels:
        told += [f"## {level.figures.users} people", "", *_table(level), ""]
    told += ["## What the backend spends its time on", "", *_spent(levels[-1]), ""]
    (folder / "morning.md").write_text("\n".join(told), encoding="utf-8")


def write_soak(samples: Sequence[Sample], lines: Iterable[str], folder: Path) -> None:
    """`soak.md`, with a plot of each process's memory."""
    folder.mkdir(parents=True, exist_ok=True)
    draw("soak-memory", folder, lambda axes: _memory(axes, samples))
    told = [_head("A soak", "mixed load"), *(f"- {line}" for line in lines), "", "![memory](soak-memory.svg)", ""]
    (folder / "soak.md").write_text("\n".join(told), encoding="utf-8")


def draw(name: str, folder: Path, onto: Draw) -> None:
    """One plot, as PNG and SVG."""
    with mpl.rc_context(STYLE):
        picture = Picture(layout="constrained")
        onto(picture.subplots())
        picture.savefig(folder / f"{name}.svg", metadata={"Date": None, "Creator": None})
        picture.savefig(folder / f"{name}.png", metadata={"Software": None})


def _head(title: str, what: str) -> str:
    machine = facts()
    busy = "/".join(map(str, machine["load"]))
    return f"# {title}\n\n{what}, at {commit()} on {machine['cpu']} ({machine['cores']} cores, load {busy}).\n"


def _table(level: Level) -> list[str]:
    head = ["| call | count | p50 ms | p95 ms | p99 ms | most ms | failed |", "|---|---|---|---|---|---|---|"]
    rows = (
        f"| {row.call} | {row.count} | {row.p50:.0f} | {row.p95:.0f} | {row.p99:.0f} | {row.most:.0f} | {row.failed} |"
        for row in level.figures.rows
    )
    return [*head, *rows]


def _spent(level: Level) -> list[str]:
    rows = (f"| `{one.function}` | {one.own:.1%} | {one.whole:.1%} |" for one in level.spent[:SPENT_SHOWN])
    return ["| function | itself | with what it calls |", "|---|---|---|", *rows]


def _times(axes: Axes, levels: Sequence[Level]) -> None:
    users = [level.figures.users for level in levels]
    for share in ("p50", "p95", "p99"):
        axes.plot(users, [getattr(level.others.whole, share) for level in levels], "o-", label=share)
    axes.set(xlabel="people at once", ylabel="milliseconds, photos aside", xscale="log", yscale="log")
    axes.set_xticks(users, [str(one) for one in users], minor=False)
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.yaxis.set_major_formatter(ScalarFormatter())
    axes.legend()


def _calls(axes: Axes, level: Level) -> None:
    rows = sorted(level.figures.rows[1:], key=lambda row: row.p95)
    axes.barh([row.call for row in rows], [row.p95 for row in rows], color="#b4c7dc", label="p95")
    axes.barh([row.call for row in rows], [row.p50 for row in rows], color="#0b5394", label="p50")
    axes.set(xlabel=f"milliseconds with {level.figures.users} people")
    axes.tick_params(axis="y", labelsize=6)
    axes.legend()


def _cores(axes: Axes, levels: Sequence[Level]) -> None:
    users = [str(level.figures.users) for level in levels]
    below = [0.0] * len(levels)
    for name in levels[0].cores:
        used = [level.cores.get(name, 0.0) for level in levels]
        axes.bar(users, used, bottom=below, label=name)
        below = [low + more for low, more in zip(below, used, strict=True)]
    rest = [max(level.busy - low, 0.0) for level, low in zip(levels, below, strict=True)]
    axes.bar(users, rest, bottom=below, color="#cccccc", label="whatever else, the players too")
    axes.set(xlabel="people at once", ylabel="cores used", ylim=(0, 1.3 * (os.cpu_count() or 1)))
    axes.legend(ncols=2, loc="upper left")


def _memory(axes: Axes, samples: Sequence[Sample]) -> None:
    for name in dict.fromkeys(one.process for one in samples):
        own = [one for one in samples if one.process == name]
        axes.plot([(one.at - samples[0].at) / 60 for one in own], [one.memory for one in own], label=name)
    axes.set(xlabel="minutes", ylabel="megabytes", ylim=(0, None))
    axes.legend()
