"""`calibrate`: measures the calibration curves and writes their files."""

import argparse
import json
import sys
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from attendance_evaluation import calibrate as calibration
from attendance_evaluation.commands.registering import Commands, add_command, add_model, measured_engine
from attendance_evaluation.photos import CACHE, lfw_photos, webcam_photos
from attendance_evaluation.population import embed_population
from attendance_evaluation.vectors import OwnEncoder
from attendance_ml.faces import Precision

SHIPPED = Path(str(files("attendance_ml.faces"))) / "calibrations"


def register(commands: Commands) -> None:
    """Adds `calibrate`."""
    added = add_command(commands, "calibrate", run, "measure and write the calibration files")
    added.add_argument("--data", type=Path, required=True, help="folder with lfw-view1 and spoof-nuaa-train")
    added.add_argument("--out", type=Path, default=SHIPPED)
    added.add_argument("--cache", type=Path, default=CACHE, help="where vectors of these photos are kept")
    added.add_argument("--json", action="store_true")
    add_model(added)


def run(options: argparse.Namespace) -> bool:
    """Writes the calibration files and prints their figures."""
    # The shipped curves don't depend on what this machine can do.
    encoder = OwnEncoder(measured_engine(Precision.F32, options.model))
    data: Path = options.data
    populations = [
        embed_population("lfw-view1", lfw_photos(data / "lfw-view1"), encoder, options.cache),
        embed_population("spoof-nuaa-train", webcam_photos(data / "spoof-nuaa-train"), encoder, options.cache),
    ]
    contents = [calibration.calibrate(populations, options.model, probe_flip=flip) for flip in (False, True)]
    pairs = calibration.strictest_pairs(populations[0])
    if options.json:
        print(json.dumps({"calibrations": contents, "strictest_pairs": pairs}, indent=2))
    else:
        print("\n".join(_lines(contents, pairs)))
    for content in contents:
        path = calibration.write(content, options.out)
        print(f"wrote {path.name}", file=sys.stderr)
    return True


def _lines(contents: Sequence[dict[str, Any]], pairs: list[tuple[float, str, str]]) -> list[str]:
    lines = []
    for content in contents:
        lines.append(f"{content['model']}, probe {'flipped too' if content['probe_flip'] else 'as it is'}")
        for way, curve in content["curves"].items():
            points = ", ".join(
                f"{rate}: {cosine} ({curve['set_by'][rate]})" for rate, cosine in curve["cosine_at"].items()
            )
            lines.append(f"  {way} (of {curve['enrolled_photos']}): cosine at {points}")
            lines += [f"    {_population_line(figures)}" for figures in curve["measured"]]
    lines.append("the most similar pairs of different people (no label was changed, no pair left out):")
    return lines + [f"  {cosine:.3f} {one} {other}" for cosine, one, other in pairs]


def _population_line(figures: dict[str, Any]) -> str:
    missed = ", ".join(
        f"{miss['rate']:.2%} [{miss['low']:.2%}, {miss['high']:.2%}] at {rate}"
        for rate, miss in figures["missed_at"].items()
    )
    return (
        f"{figures['population']}: {figures['people']} people, {figures['photos']} photos, "
        f"{figures['impostor_comparisons']:,} comparisons of different people and {figures['genuine_comparisons']:,} "
        f"of the same; missed {missed}"
    )
