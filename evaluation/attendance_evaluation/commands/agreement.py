"""`agreement`: cosines between the vectors of all runtimes and precisions of this machine."""

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from attendance_evaluation.agreement import Cosines, chosen_precisions, compare_runtimes, crops_of
from attendance_evaluation.commands.registering import THREADS, Commands, add_command
from attendance_evaluation.photos import labelled_photos
from attendance_ml.faces import Precision
from attendance_ml.faces.models import ModelStore


def register(commands: Commands) -> None:
    """Adds `agreement`."""
    added = add_command(commands, "agreement", run, "whether vectors of all runtimes and precisions compare freely")
    added.add_argument("--data", type=Path, required=True, help="a labelled folder: one folder a person, photos in it")
    added.add_argument("--faces", type=int, default=500)
    added.add_argument("--json", action="store_true")


def run(options: argparse.Namespace) -> bool:
    """Prints the cosines, and what the self-test chooses; whether they agree and it turns a wrong precision down."""
    store = ModelStore()
    crops = crops_of([photo.path for photo in labelled_photos(options.data)], options.faces, store, threads=THREADS)
    compared = compare_runtimes(crops, store, threads=THREADS)
    chosen = chosen_precisions(store, threads=THREADS)
    if options.json:
        figures = {"faces": len(crops), "cosines": [asdict(each) for each in compared], "chosen": chosen}
        print(json.dumps(figures, indent=2))
    else:
        print("\n".join(_lines(len(crops), compared, chosen)))
    return bool(compared) and all(each.agree() for each in compared) and list(chosen.values())[-1] is Precision.F32


def _lines(faces: int, compared: Sequence[Cosines], chosen: Mapping[str, Precision]) -> Iterator[str]:
    yield f"{f'cosines of {faces} faces':<56}{'least':<10}{'1 in 100':<10}median"
    for each in compared:
        ways = f"{each.one} and {each.other}"
        yield f"{ways:<56}{each.least:<10.6f}{each.first_percentile:<10.6f}{each.median:.6f}"
    for name, precision in chosen.items():
        yield f"{name}: the self-test chooses {precision.value}"
