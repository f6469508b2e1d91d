"""`report`: the figures of `accuracy` as a folder to read, with plots and model cards."""

import argparse
from pathlib import Path

from attendance_evaluation.commands.accuracy import add_measuring, measured
from attendance_evaluation.commands.registering import Commands, add_command
from attendance_evaluation.report import write_report


def register(commands: Commands) -> None:
    """Adds `report`."""
    added = add_command(commands, "report", run, "the figures of `accuracy` as a folder to read")
    add_measuring(added)
    added.add_argument("--out", type=Path, required=True, help="the folder to write")


def run(options: argparse.Namespace) -> bool:
    """Writes the report and names its files."""
    for name in write_report(measured(options), options.out):
        print(f"wrote {options.out / name}")
    return True
