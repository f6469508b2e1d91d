"""`groups`: who is found on the group photos."""

import argparse
import json
from dataclasses import asdict
from pathlib import Path

from attendance_evaluation import groups
from attendance_evaluation.commands.registering import Commands, add_command, measured_engine
from attendance_ml.faces import load_calibration
from attendance_ml.faces.models import SFACE


def register(commands: Commands) -> None:
    """Adds `groups`."""
    added = add_command(commands, "groups", run, "who is found on the group photos")
    added.add_argument("--data", type=Path, required=True, help="the folder group-photos")
    added.add_argument("--flip", action="store_true", help="embed faces on class photos with their mirror image")
    added.add_argument("--json", action="store_true")


def run(options: argparse.Namespace) -> bool:
    """Prints who is found where on the group photos."""
    shipped = load_calibration(SFACE.id, probe_flip=options.flip)
    photos = groups.read_photos(options.data, measured_engine("auto"), probe_flip=options.flip)
    enrolments = groups.enrol_each(photos, shipped)
    noses = {photo.name: photo.missed_noses() for photo in photos}
    if options.json:
        print(json.dumps({"missed_noses": noses, "enrolments": [asdict(each) for each in enrolments]}, indent=2))
    else:
        print("\n".join(_lines(photos, enrolments)))
    return not any(noses.values()) and not any(each.missed() or each.mistaken() for each in enrolments)


def _lines(photos: list[groups.GroupPhoto], enrolments: list[groups.Enrolment]) -> list[str]:
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
