"""`accuracy`: how well people are told apart on any labelled folder, so that a school can measure itself."""

import argparse
import json
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Any

from attendance_evaluation.accuracy import Request, measure_accuracy
from attendance_evaluation.commands.registering import Commands, add_command, measured_engine
from attendance_evaluation.comparisons import RESAMPLES
from attendance_evaluation.photos import CACHE
from attendance_evaluation.tables import accuracy_lines
from attendance_ml.faces import Precision


def register(commands: Commands) -> None:
    """Adds `accuracy`."""
    added = add_command(commands, "accuracy", run, "how well people are told apart on a labelled folder")
    add_measuring(added)
    added.add_argument("--json", action="store_true")


def add_measuring(added: argparse.ArgumentParser) -> None:
    """The options that say what to measure."""
    added.add_argument("--data", type=Path, required=True, help="a folder of people: NAME/photo.jpg")
    added.add_argument(
        "--old-engine", type=int, default=0, metavar="N", help="dlib beside ours on so many of the photos"
    )
    added.add_argument("--conditions", action="store_true", help="also by size and quality, on photos made worse")
    added.add_argument("--resamples", type=int, default=RESAMPLES, help="draws of people behind each interval")
    added.add_argument("--cache", type=Path, default=CACHE, help="where vectors of these photos are kept")


def measured(options: argparse.Namespace) -> dict[str, Any]:
    """All figures that the options ask for. In f32, so that they don't depend on what this machine can do.

    Raises:
        SystemExit: there are no labelled photos, or the old engine is not installed; the message says which.
    """
    request = Request(options.data, options.cache, options.old_engine, options.conditions, options.resamples)
    try:
        return measure_accuracy(request, measured_engine(Precision.F32))
    except FileNotFoundError as missing:
        raise SystemExit(str(missing)) from missing


def run(options: argparse.Namespace) -> bool:
    """Prints every table, or the figures as data."""
    figures = measured(options)
    print(json.dumps(figures, default=plain) if options.json else "\n".join(accuracy_lines(figures)))
    return True


def plain(value: object) -> Any:
    """A figure as JSON has it."""
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    raise TypeError(f"{type(value)} is no figure")
