"""The commands. Each prints what it measured; those that prove something end with status 1 where it falls short."""

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from attendance_evaluation import calibrate as calibration
from attendance_evaluation import groups, opencv
from attendance_evaluation.photos import CACHE, embed_population, lfw_photos, webcam_photos
from attendance_evaluation.reference import write_reference
from attendance_ml.faces import FaceEngine, Precision, load_calibration, load_engine
from attendance_ml.faces.models import SFACE, ModelStore

SHIPPED = Path(str(files("attendance_ml.faces")))
THREADS = os.cpu_count() or 1
EXACT_AGREEMENT, CHOSEN_AGREEMENT = 0.9999, 0.999
"""Least median cosine to OpenCV's vectors: in f32, and in the precision that the self-test chose."""


def run_calibrate(options: argparse.Namespace) -> bool:
    """Writes the calibration files and prints their figures."""
    engine = _engine(Precision.F32)  # the shipped curves don't depend on what this machine can do
    data: Path = options.data
    populations = [
        embed_population("lfw-view1", lfw_photos(data / "lfw-view1"), engine, options.cache),
        embed_population("spoof-nuaa-train", webcam_photos(data / "spoof-nuaa-train"), engine, options.cache),
    ]
    contents = [calibration.calibrate(populations, SFACE.id, probe_flip=flip) for flip in (False, True)]
    pairs = calibration.strictest_pairs(populations[0])
    if options.json:
        print(json.dumps({"calibrations": contents, "strictest_pairs": pairs}, indent=2))
    else:
        print("\n".join(_calibration_lines(contents, pairs)))
    for content in contents:
        path = calibration.write(content, options.out)
        print(f"wrote {path.name}", file=sys.stderr)
    return True


def run_groups(options: argparse.Namespace) -> bool:
    """Prints who is found where on the group photos."""
    shipped = load_calibration(SFACE.id, probe_flip=options.flip)
    photos = groups.read_photos(options.data, _engine("auto"), probe_flip=options.flip)
    enrolments = groups.enrol_each(photos, shipped)
    noses = {photo.name: photo.missed_noses() for photo in photos}
    if options.json:
        print(json.dumps({"missed_noses": noses, "enrolments": [asdict(each) for each in enrolments]}, indent=2))
    else:
        print("\n".join(_group_lines(photos, enrolments)))
    return not any(noses.values()) and not any(each.missed() or each.mistaken() for each in enrolments)


def run_compare_opencv(options: argparse.Namespace) -> bool:
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


def run_reference(options: argparse.Namespace) -> bool:
    """Writes the self-test's stored crops and vectors."""
    print(f"wrote {write_reference(options.out, ModelStore(), threads=THREADS).name}")
    return True


def _engine(precision: Any) -> FaceEngine:
    store = ModelStore()
    return load_engine({name: store.path(name) for name in ("yunet", "sface")}, threads=THREADS, precision=precision)


def _calibration_lines(contents: Sequence[dict[str, Any]], pairs: list[tuple[float, str, str]]) -> list[str]:
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


def _group_lines(photos: list[groups.GroupPhoto], enrolments: list[groups.Enrolment]) -> list[str]:
    lines = [f"{'photo':<12}{'noses':>6}{'in a face':>10}{'faces found':>12}"]
    for photo in photos:
        inside = len(photo.noses) - photo.missed_noses()
        lines.append(f"{photo.name:<12}{len(photo.noses):>6}{inside:>10}{len(photo.faces):>12}")
    lines.append(
        f"\n{'enrolled from':<14}{'person':>7}{'own photos':>12}{'farthest':>10}{'others named':>14}{'nearest':>9}"
    )
    for each in enrolments:
        found = f"{len(each.own) - len(each.missed())} of {len(each.own)}"
        farthest = max((distance for _, distance in each.own.values()), default=0.0)
        nearest = min(distance for _, distance in each.others.values())
        named = f"{len(each.mistaken())} of {len(each.others)}"
        lines.append(f"{each.enrolled_from:<14}{each.person:>7}{found:>12}{farthest:>10.3f}{named:>14}{nearest:>9.3f}")
    return lines


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="attendance_evaluation", description="Accuracy on labelled photos.")
    commands = parser.add_subparsers(required=True)

    def command(name: str, run: Callable[[argparse.Namespace], bool], text: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=text, description=text)
        added.set_defaults(run=run)
        return added

    added = command("calibrate", run_calibrate, "measure and write the calibration files")
    added.add_argument("--data", type=Path, required=True, help="folder with lfw-view1 and spoof-nuaa-train")
    added.add_argument("--out", type=Path, default=SHIPPED / "calibrations")
    added.add_argument("--cache", type=Path, default=CACHE, help="where vectors of these photos are kept")
    added.add_argument("--json", action="store_true")
    added = command("groups", run_groups, "who is found on the group photos")
    added.add_argument("--data", type=Path, required=True, help="the folder group-photos")
    added.add_argument("--flip", action="store_true", help="embed faces on class photos with their mirror image")
    added.add_argument("--json", action="store_true")
    added = command("compare-opencv", run_compare_opencv, "our detections and vectors beside OpenCV's")
    added.add_argument("--data", type=Path, nargs="+", required=True, help="folders with photos")
    added.add_argument("--json", action="store_true")
    added = command("reference", run_reference, "write the crops and vectors of the self-test")
    added.add_argument("--out", type=Path, default=SHIPPED / "reference")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; 0 when it holds what it proves, 1 when not."""
    options = _parser().parse_args(arguments)
    return 0 if options.run(options) else 1


if __name__ == "__main__":
    sys.exit(main())
