"""`reference`: the stored crops and vectors of the self-test."""

import argparse
from importlib.resources import files
from pathlib import Path

from attendance_evaluation.commands.registering import THREADS, Commands, add_command, add_model
from attendance_evaluation.reference import write_reference
from attendance_ml.faces.models import EMBEDDERS, ModelStore

SHIPPED = Path(str(files("attendance_ml.faces"))) / "reference"


def register(commands: Commands) -> None:
    """Adds `reference`."""
    added = add_command(commands, "reference", run, "write the crops and vectors of the self-test")
    added.add_argument("--out", type=Path, default=SHIPPED)
    add_model(added)


def run(options: argparse.Namespace) -> bool:
    """Writes the self-test's stored crops and vectors."""
    print(f"wrote {write_reference(options.out, ModelStore(), EMBEDDERS[options.model], threads=THREADS).name}")
    return True
