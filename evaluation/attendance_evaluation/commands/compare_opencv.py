"""`compare-opencv`: our detections and vectors beside OpenCV's."""

import argparse
import json
from pathlib import Path

import numpy as np

from attendance_evaluation import opencv
from attendance_evaluation.commands.registering import THREADS, Commands, add_command
from attendance_ml.faces.models import ModelStore

EXACT_AGREEMENT, CHOSEN_AGREEMENT = 0.9999, 0.999
"""Least median cosine to OpenCV's vectors: in f32, and in the precision that the self-test chose."""


def register(commands: Commands) -> None:
    """Adds `compare-opencv`."""
    added = add_command(commands, "compare-opencv", run, "our detections and vectors beside OpenCV's")
    added.add_argument("--data", type=Path, nargs="+", required=True, help="folders with photos")
    added.add_argument("--json", action="store_true")


def run(options: argparse.Namespace) -> bool:
    """Prints how near detections and vectors are to OpenCV's."""
    result = opencv.compare(options.data, ModelStore(), threads=THREADS)
    cosines = {"f32": result.f32, "chosen": result.in_chosen}
    medians = {name: float(np.median(values)) if len(values) else 0.0 for name, values in cosines.items()}
    figures = {
        "photos": result.photos,
        "faces": result.faces,
        "photos_with_other_faces": result.differing,
        "chosen_precision": result.chosen.value,
        "median_cosine": medians,
        "least_cosine": {name: float(values.min(initial=1.0)) for name, values in cosines.items()},
    }
    if options.json:
        print(json.dumps(figures, indent=2))
    else:
        print("\n".join(f"{name.replace('_', ' ')}: {value}" for name, value in figures.items()))
    near = medians["f32"] >= EXACT_AGREEMENT and medians["chosen"] >= CHOSEN_AGREEMENT
    return near and result.faces > 0 and not result.differing
