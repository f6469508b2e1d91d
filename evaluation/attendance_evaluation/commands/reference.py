"""`reference`: the stored pictures of the self-test, and what the networks make of them."""

import argparse
from importlib.resources import files
from pathlib import Path

from attendance_evaluation.commands.registering import THREADS, Commands, add_command, add_model
from attendance_evaluation.reference import write_reference, write_scene_reference
from attendance_ml.faces.models import EMBEDDERS, ModelStore

SHIPPED = Path(str(files("attendance_ml.faces"))) / "reference"


def register(commands: Commands) -> None:
    """Adds `reference`."""
    added = add_command(commands, "reference", run, "write the pictures of the self-test and what is made of them")
    added.add_argument("--out", type=Path, default=SHIPPED)
    add_model(added)


def run(options: argparse.Namespace) -> bool:
    """Writes what the self-test compares with: the detector's, and the chosen model's."""
    store = ModelStore()
    print(f"wrote {write_scene_reference(options.out, store, threads=THREADS).name}")
    print(f"wrote {write_reference(options.out, store, EMBEDDERS[options.model], threads=THREADS).name}")
    return True
