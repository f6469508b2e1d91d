"""`report`: the figures of `accuracy` as a folder to read, with plots and model cards."""

import argparse
from pathlib import Path

from attendance_evaluation.commands.accuracy import add_measuring, measured
from attendance_evaluation.commands.liveness import measure_passive
from attendance_evaluation.commands.registering import Commands, add_command, measured_engine
from attendance_evaluation.report import write_report
from attendance_ml.faces import Precision


def register(commands: Commands) -> None:
    """Adds `report`."""
    added = add_command(commands, "report", run, "the figures of `accuracy` as a folder to read")
    add_measuring(added)
    added.add_argument("--liveness", type=Path, metavar="FOLDER", help="frames of people and of photos, for that card")
    added.add_argument("--out", type=Path, required=True, help="the folder to write")


def run(options: argparse.Namespace) -> bool:
    """Writes the report and names its files."""
    figures = measured(options)
    if options.liveness:
        figures["liveness"] = measure_passive(options.liveness, measured_engine(Precision.F32))
    for name in write_report(figures, options.out):
        print(f"wrote {options.out / name}")
    return True
