"""The curves as pictures, PNG and SVG. The same figures give the same SVG to the last byte."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from attendance_evaluation.tables import bin_name

STYLE: dict[Any, Any] = {
    "svg.hashsalt": "attendance-evaluation",
    "figure.figsize": (7.0, 4.6),
    "figure.dpi": 110,
    "font.size": 10,
    "axes.grid": True,
    "grid.alpha": 0.3,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.frameon": False,
}
COLOURS = ("#0b5394", "#38761d", "#990000", "#b45f06", "#674ea7", "#444444")

Draw = Callable[[Axes], None]


def draw_all(figures: dict[str, Any], folder: Path) -> list[str]:
    """Writes every plot that the figures allow; returns their names without ending, in order."""
    plots: dict[str, Draw] = {
        "roc": partial(_roc, figures["engines"]),
        "det": partial(_det, figures["engines"]),
        "strangers": partial(_strangers, figures["engines"]),
    }
    for name, label in (("by_width", "face width in pixels"), ("by_quality", "quality score")):
        if figures.get("conditions", {}).get(name):
            plots[name] = partial(_bins, figures["conditions"][name], label)
    with mpl.rc_context(STYLE):
        for name, draw in plots.items():
            _save(draw, folder / name)
    return list(plots)


def _save(draw: Draw, path: Path) -> None:
    figure = Figure(layout="constrained")
    draw(figure.subplots())
    figure.savefig(path.with_suffix(".svg"), metadata={"Date": None, "Creator": None})
    figure.savefig(path.with_suffix(".png"), metadata={"Software": None})


def _roc(engines: Sequence[dict[str, Any]], axes: Axes) -> None:
    for colour, (label, style, points) in zip(COLOURS, _verification_curves(engines), strict=False):
        axes.plot([rate for rate, _ in points], [1 - missed for _, missed in points], style, color=colour, label=label)
    axes.set(xscale="log", xlabel="different people taken for one", ylabel="same person recognised", ylim=(0.6, 1.002))
    axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    axes.legend(loc="lower right")


def _det(engines: Sequence[dict[str, Any]], axes: Axes) -> None:
    for colour, (label, style, points) in zip(COLOURS, _verification_curves(engines), strict=False):
        seen = [(rate, missed) for rate, missed in points if missed > 0]
        axes.plot([rate for rate, _ in seen], [missed for _, missed in seen], style, color=colour, label=label)
    axes.set(xscale="log", xlabel="different people taken for one", ylabel="same person missed")
    if any(np.size(line.get_ydata()) for line in axes.lines):  # on a logarithmic scale there is no place for never
        axes.set(yscale="log")
    axes.legend(loc="lower left")


def _verification_curves(engines: Sequence[dict[str, Any]]) -> list[tuple[str, str, list[tuple[float, float]]]]:
    """Of ours on all photos and of the old engine, every way of combining with a plain probe."""
    shown = [engines[0], *engines[2:]]
    return [
        (f"{engine['engine']}, {row['way']}", "-" if engine is engines[0] else "--", row["curve"])
        for engine in shown
        for row in engine["verification"]
        if not row["probe_flip"]
    ]


def _strangers(engines: Sequence[dict[str, Any]], axes: Axes) -> None:
    """For the largest class: students found at their name, by how many strangers are taken for somebody."""
    styles = ("-", ":", "--")
    colours = dict(zip((1, 3), COLOURS, strict=False))
    for engine, style in zip(engines, styles, strict=False):
        largest = max((row["roster"] for row in engine["open_set"]), default=0)
        for row in engine["open_set"]:
            if row["roster"] == largest and not row["probe_flip"] and row.get("lookalike_margin") != 0:
                label = f"{engine['engine']}, {engine['photos']:,} photos, {row['vectors']} enrolled"
                rates, found = zip(*row["curve"], strict=True)
                axes.plot(rates, found, style, color=colours[row["vectors"]], label=label)
    axes.set(xscale="log", xlabel="strangers taken for a student", ylabel="students found at their name")
    axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    axes.legend(loc="lower right")


def _bins(rows: Sequence[dict[str, Any]], label: str, axes: Axes) -> None:
    missed = [row["missed"] for row in rows]
    spread = [
        [max(rate.rate - rate.low, 0) for rate in missed],
        [max(rate.high - rate.rate, 0) for rate in missed],
    ]
    names = [f"{bin_name(row)}\n({row['faces']})" for row in rows]
    axes.bar(names, [rate.rate for rate in missed], yerr=spread, color=COLOURS[0], capsize=3, width=0.6)
    axes.set(xlabel=f"{label} (faces)", ylabel="neither present nor offered", ylim=(0, None))
    axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    axes.grid(visible=False, axis="x")
