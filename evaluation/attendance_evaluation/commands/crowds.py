"""`crowds`: recall on photos of many people by way of looking at them, with what each way costs."""

import argparse
import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from attendance_evaluation.commands.registering import Commands, add_command, measured_engine
from attendance_evaluation.crowds import CLOSE_UP, WAYS, Scene, composed_crowds, labelled_crowds, sources, tally

RULE = "the rule"
WIDE_ENOUGH = 30
"""Pixels of width from which the design promises that faces are found in twelve megapixels."""

PROMISED = 0.98


@dataclass
class Cost:
    """One way over all photos of a kind: faces there and found by width, finds too many, and what it took at most."""

    there: Counter[int] = field(default_factory=Counter)
    found: Counter[int] = field(default_factory=Counter)
    false: int = 0
    doubles: int = 0
    photos: int = 0
    seconds: float = 0.0
    peak: int = 0

    def recall(self, narrowest: int) -> float:
        """Share found of the faces of at least that width, 0 where there is none."""
        wide = [width for width in self.there if width >= narrowest]
        return sum(self.found[width] for width in wide) / max(1, sum(self.there[width] for width in wide))

    def facts(self) -> dict[str, Any]:
        """As data. Not by `asdict`, which counts the pairs of a Counter instead of copying it."""
        return dict(vars(self))


def register(commands: Commands) -> None:
    """Adds `crowds`."""
    added = add_command(commands, "crowds", run, "recall by size on photos of many people, with time and memory")
    added.add_argument("--data", type=Path, required=True, help="folder with crowd-boxes and lfw-view1")
    added.add_argument("--seeds", type=int, default=3, help="how often sixty people are drawn and composed")
    added.add_argument("--json", action="store_true")


def run(options: argparse.Namespace) -> bool:
    """Prints recall, false and double finds, longest time and most memory of each way."""
    engine = measured_engine("auto")
    composed = (composed_crowds(sources(options.data, engine, seed), seed) for seed in range(options.seeds))
    crowds = options.data / "crowd-boxes"
    measured = {
        "crowd-boxes": _measure(labelled_crowds(crowds) if crowds.is_dir() else []),
        "composed, 4000 x 3000": _measure(chain.from_iterable(composed)),
    }
    if options.json:
        told = {kind: {way: cost.facts() for way, cost in ways.items()} for kind, ways in measured.items()}
        print(json.dumps(told, indent=2))
    else:
        print("\n".join(line for kind, ways in measured.items() for line in [kind, *_lines(ways)]))
    rule = measured["composed, 4000 x 3000"][RULE]
    return rule.recall(WIDE_ENOUGH) >= PROMISED and rule.recall(CLOSE_UP) == 1


def _measure(scenes: Iterable[Scene]) -> dict[str, Cost]:
    """Every way over every scene, each in a process of its own."""
    costs = {way: Cost() for way in WAYS}
    with tempfile.TemporaryDirectory(prefix="smart-attendance-") as folder:
        photo = Path(folder) / "photo.jpg"
        for scene in scenes:
            scene.image.save(photo, quality=92)
            for way, cost in costs.items():
                _add(cost, scene, way, photo)
            print(f"  {scene.name}", file=sys.stderr)
    return costs


def _add(cost: Cost, scene: Scene, way: str, photo: Path) -> None:
    command = [sys.executable, "-m", "attendance_evaluation.crowd_look", way, str(photo)]
    looked = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    counted = tally(np.array(looked["found"], np.float32).reshape(-1, 15), scene.faces)
    cost.there.update(counted.there)
    cost.found.update(counted.found)
    cost.false += counted.false
    cost.doubles += counted.doubles
    cost.photos += 1
    cost.seconds, cost.peak = max(cost.seconds, looked["seconds"]), max(cost.peak, looked["peak"])


def _lines(ways: dict[str, Cost]) -> list[str]:
    return [
        f"  {way:<18}"
        + ", ".join(f"{width} px {cost.found[width]}/{cost.there[width]}" for width in sorted(cost.there))
        + f"; {cost.false} elsewhere, {cost.doubles} twice on {cost.photos} photos; at most {cost.seconds:.2f} s, "
        + f"{cost.peak / 2**20:.0f} MB"
        for way, cost in ways.items()
    ]
