"""Measures the calibration curves on labelled photos and writes the files that ship beside the models.

Every pair of different people counts, not only listed ones. No label is changed and no pair left out.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import ceil
from pathlib import Path
from typing import Any

import numpy as np

from attendance_evaluation.comparisons import (
    SURE,
    VECTORS,
    Comparisons,
    compare_all,
    cosine_at,
    miss_rate,
    sure_cosine_at,
)
from attendance_evaluation.population import Population
from attendance_ml.faces import Way

RATES = {"1e-5": 1e-5, "1e-3": 1e-3, "0.5": 0.5}
THRESHOLDS = ("1e-5", "1e-3")
"""The rates whose cosines are used as thresholds, so that what they miss is of interest."""

EXCEEDING = 10
"""A population speaks for a rate only if at least so many of its comparisons lie beyond it."""

STRICTEST_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Measured:
    """One population compared in one way."""

    population: Population
    comparisons: Comparisons

    def cosines(self, exceeding: int = EXCEEDING) -> dict[str, float]:
        """By rate, where so many comparisons lie beyond it, rounded up to four digits; thresholds on the sure side."""
        return {
            name: ceil((sure_cosine_at if name in THRESHOLDS else cosine_at)(self.comparisons, rate) * 1e4) / 1e4
            for name, rate in RATES.items()
            if rate * len(self.comparisons.impostors) >= exceeding
        }


def calibrate(populations: Sequence[Population], model: str, *, probe_flip: bool) -> dict[str, Any]:
    """The content of one calibration file: per way of combining the cosine at each rate, and what was measured."""
    return {
        "model": model,
        "probe_flip": probe_flip,
        "enrolment_flip": True,
        "rule": (
            f"per rate the strictest population with at least {EXCEEDING} comparisons beyond it; thresholds are what "
            f"{SURE} % of the draws of as many people stay below"
        ),
        "labels": "as published: none changed, no pair left out",
        "curves": {way.value: _curve(populations, way, probe_flip=probe_flip) for way in Way},
    }


def write(content: dict[str, Any], folder: Path) -> Path:
    """Writes the file that `load_calibration` will find in `folder`, and returns its path."""
    path = folder / f"{content['model']}.{'flip' if content['probe_flip'] else 'plain'}.json"
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    return path


def strictest_pairs(population: Population) -> list[tuple[float, str, str]]:
    """The different people whose photos are most alike: where two names for one person would show first."""
    cosines = population.plain @ population.plain.T
    cosines[population.persons[:, None] <= population.persons] = -1
    best = np.argsort(-cosines, axis=None)[:STRICTEST_SHOWN]
    pairs = [divmod(int(position), len(cosines)) for position in best]
    return [(float(cosines[a, b]), population.paths[a].stem, population.paths[b].stem) for a, b in pairs]


def _curve(populations: Sequence[Population], way: Way, *, probe_flip: bool) -> dict[str, Any]:
    measured = [Measured(each, compare_all(each, way, probe_flip=probe_flip)) for each in populations]
    strictest = {
        rate: max((cosines[rate], each.population.name) for each in measured if rate in (cosines := each.cosines()))
        for rate in RATES
    }
    chosen = {rate: cosine for rate, (cosine, _) in strictest.items()}
    return {
        "enrolled_photos": VECTORS[way],
        "cosine_at": chosen,
        "set_by": {rate: name for rate, (_, name) in strictest.items()},
        "measured": [_figures(each, chosen) for each in measured],
    }


def _figures(measured: Measured, chosen: dict[str, float]) -> dict[str, Any]:
    comparisons = measured.comparisons
    return {
        "population": measured.population.name,
        "people": len(measured.population.names),
        "photos": len(measured.population.paths),
        "impostor_comparisons": len(comparisons.impostors),
        "genuine_comparisons": len(comparisons.genuine),
        "own_cosine_at": {rate: round(cosine_at(comparisons, value), 4) for rate, value in RATES.items()},
        "false_match_rate_at": {
            rate: round(float((comparisons.impostors > chosen[rate]).mean()), 7) for rate in THRESHOLDS
        },
        "missed_at": {rate: asdict(miss_rate(comparisons, chosen[rate])) for rate in THRESHOLDS},
    }
