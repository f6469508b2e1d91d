"""`rosters`: what self-checking rosters change, and what a planted twin pair does."""

import argparse
import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from attendance_evaluation.commands.registering import Commands, add_command, measured_engine
from attendance_evaluation.photos import CACHE, lfw_photos, webcam_photos
from attendance_evaluation.population import Population, embed_population
from attendance_evaluation.selfchecks import (
    Judged,
    Result,
    brought_together,
    measure,
    measure_margins,
    mixed_rosters,
    office_rosters,
    resembling_rosters,
)
from attendance_evaluation.twins import Twins, plant_twins
from attendance_evaluation.vectors import OwnEncoder
from attendance_ml.faces import Calibration, Precision, load_calibration
from attendance_ml.faces.models import SFACE

ROSTERS = 100
ALIKE = 0.12
"""Brings the false match rate of LFW's people at the thresholds to about 20 times what it is."""

FALSE_ALARMS = 0.02
"""Share of mixed rosters, whose people keep the promise, that may be tightened."""

NAMED_TWINS = 0.01
"""Share of a planted pair's faces that may be named without a human: where two single photos of one person are so
unlike that nobody could notice."""


def register(commands: Commands) -> None:
    """Adds `rosters`."""
    added = add_command(commands, "rosters", run, "strangers named with and without a roster's check of itself")
    added.add_argument("--data", type=Path, required=True, help="folder with lfw-view1 and spoof-nuaa-train")
    added.add_argument("--cache", type=Path, default=CACHE, help="where vectors of these photos are kept")
    added.add_argument("--count", type=int, default=ROSTERS, help=f"rosters of each kind ({ROSTERS})")
    added.add_argument("--json", action="store_true")


def run(options: argparse.Namespace) -> bool:
    """Prints counts; False where mixed rosters are tightened, strangers are named more often, or twins are named."""
    encoder, shipped = OwnEncoder(measured_engine(Precision.F32)), load_calibration(SFACE.id, probe_flip=False)
    lfw = embed_population("lfw-view1", lfw_photos(options.data / "lfw-view1"), encoder, options.cache)
    office = embed_population(
        "spoof-nuaa-train", webcam_photos(options.data / "spoof-nuaa-train"), encoder, options.cache
    )
    results = _measure(lfw, office, shipped, options.count)
    twins = {
        "lfw-view1, 2 photos each": plant_twins(lfw, 30, 2, shipped),
        "spoof-nuaa-train, 3 photos each": plant_twins(office, 7, 3, shipped),
    }
    margins = {
        f"mixed, 60, {vectors} each": measure_margins(mixed_rosters(lfw, 60, vectors, options.count), shipped)
        for vectors in (1, 3)
    }
    if options.json:
        told = {"rosters": results, "twins": twins, "margins": margins}
        print(json.dumps(told, indent=2, default=asdict))
    else:
        print("\n".join([*_roster_lines(results), "", *_twin_lines(twins), "", *_margin_lines(margins)]))
    return _holds(results, twins)


def _measure(lfw: Population, office: Population, shipped: Calibration, count: int) -> dict[str, Result]:
    alike = brought_together(lfw, ALIKE)
    results: dict[str, Result] = {}
    for vectors in (1, 3):
        kinds = {
            "one office, all but two": office_rosters(office, vectors),
            "mixed, 30": mixed_rosters(lfw, 30, vectors, count),
            "mixed, 60": mixed_rosters(lfw, 60, vectors, count),
            "nearest identities, 30": resembling_rosters(lfw, 30, vectors, count),
            f"{ALIKE:.0%} of each vector in common, 30": mixed_rosters(alike, 30, vectors, count),
        }
        results |= {f"{kind}, {vectors} each": measure(list(drawn), shipped) for kind, drawn in kinds.items()}
    return results


def _holds(results: Mapping[str, Result], twins: Mapping[str, Twins]) -> bool:
    mixed = [result for name, result in results.items() if name.startswith("mixed")]
    return (
        all(result.tightened <= FALSE_ALARMS * result.rosters for result in mixed)
        and all(result.checked.named <= result.without.named for result in results.values())
        and all(each.present <= NAMED_TWINS * each.faces and not each.changed for each in twins.values())
    )


def _roster_lines(results: Mapping[str, Result]) -> list[str]:
    lines = [f"{'rosters':<44}{'tightened':>10}  strangers named / shown, students missed / to review / mistaken"]
    for name, result in results.items():
        lines.append(f"{name:<44}{f'{result.tightened} of {result.rosters}':>10}  {_counts(result.without)} without")
        lines.append(f"{'':<54}  {_counts(result.checked)} with")
    return lines


def _counts(judged: Judged) -> str:
    return (
        f"{judged.named} / {judged.shown} of {judged.strangers}, "
        f"{judged.missed} / {judged.to_review} / {judged.mistaken} of {judged.own}"
    )


def _twin_lines(twins: Mapping[str, Twins]) -> list[str]:
    return [
        f"twins planted in {each.rosters} rosters of {name}: {each.noticed} pairs noticed, {each.changed} rosters with "
        f"other thresholds; of {each.faces} faces of the pair {each.present} named without a human "
        f"({each.by_margin_alone} by the margin alone), {each.to_review} to review; of {each.others} faces of others "
        f"{each.others_present} present, {each.others_present_without} without the pair"
        for name, each in twins.items()
    ]


def _margin_lines(margins: Mapping[str, Mapping[str, Judged]]) -> list[str]:
    return [
        f"look-alike margin {margin}, {name}: {_counts(judged)}"
        for name, judged_by in margins.items()
        for margin, judged in judged_by.items()
    ]
