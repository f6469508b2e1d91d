"""Thresholds from one half of the people, classes from the other, and the other way round: nobody is on both sides."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from attendance_contract.models import DEFAULT_CONFIDENT, DEFAULT_UNCERTAIN
from attendance_evaluation.calibrate import RATES, Measured
from attendance_evaluation.comparisons import RESAMPLES, compare_all, miss_rate
from attendance_evaluation.open_set import SIZES, VECTORS, class_figures, decide_by
from attendance_evaluation.population import Population
from attendance_evaluation.rosters import DRAWS, enrollable
from attendance_ml.faces import Calibration, Way, load_calibration
from attendance_ml.faces.calibration import Curve
from attendance_ml.faces.models import SFACE

ENOUGH = 5
"""Comparisons beyond a rate from which a half speaks for it: a half has a quarter of the pairs, and about nine beyond
1 in 100,000 where the shipped curves are asked for ten."""

SHIPPED, OTHER_HALF = "shipped", "other half's"


def held_out(population: Population, resamples: int = RESAMPLES, draws: int = DRAWS) -> dict[str, Any] | None:
    """Classes of each half and its pairs, judged by the other half's thresholds; the classes by the shipped ones too.

    None where a half has too few people for a class of thirty, or too few pairs for a threshold.
    """
    parts = halves(population)
    curves = [calibration_of(part) for part in parts]
    if min(len(enrollable(part)) for part in parts) < SIZES[0]:
        return None
    classes: list[dict[str, Any]] = []
    pairs: list[dict[str, Any]] = []
    for number, (part, strange) in enumerate(zip(parts, reversed(curves), strict=True), 1):
        if strange is None:
            return None
        classes += [{"half": number, **row} for row in _classes(part, strange, resamples, draws)]
        pairs += [{"half": number, **row} for row in _pairs(part, strange)]
    return {"people": [len(part.names) for part in parts], "classes": classes, "pairs": pairs}


def halves(population: Population) -> tuple[Population, Population]:
    """People drawn into two parts, of those with photos enough for a roster as many into each."""
    rng, many = np.random.default_rng(0), enrollable(population)
    others = np.setdiff1d(np.arange(len(population.names)), many)
    drawn = np.concatenate([rng.permutation(many), rng.permutation(others)])
    return part_of(population, np.sort(drawn[0::2])), part_of(population, np.sort(drawn[1::2]))


def part_of(population: Population, people: NDArray[np.intp]) -> Population:
    """Only these people, numbered anew in their order."""
    chosen = np.isin(population.persons, people)
    return replace(
        population,
        paths=[path for path, taken in zip(population.paths, chosen, strict=True) if taken],
        names=[population.names[person] for person in people],
        persons=np.searchsorted(people, population.persons[chosen]),
        plain=population.plain[chosen],
        flipped=population.flipped[chosen],
        widths=population.widths[chosen],
        qualities=population.qualities[chosen],
        unseen=np.searchsorted(people, population.unseen[np.isin(population.unseen, people)]),
    )


def calibration_of(population: Population) -> Calibration | None:
    """The curves that these people alone give, by the rule of the shipped ones; None where they are too few."""
    curves = {}
    for way in Way:
        cosines = Measured(population, compare_all(population, way, probe_flip=False)).cosines(ENOUGH)
        if set(cosines) != set(RATES):
            return None
        curves[way] = Curve(rare=cosines["1e-5"], seldom=cosines["1e-3"], typical=cosines["0.5"])
    return Calibration(id="half of the people", model=SFACE.id, probe_flip=False, curves=curves)


def _classes(part: Population, strange: Calibration, resamples: int, draws: int) -> Iterator[dict[str, Any]]:
    for size in (size for size in SIZES if size <= len(enrollable(part))):
        for vectors in VECTORS:
            for name, curves in ((OTHER_HALF, strange), (SHIPPED, load_calibration(SFACE.id, probe_flip=False))):
                figures = class_figures(part, size, vectors, decide_by(curves), resamples, draws)
                yield {"thresholds": name, **figures}


def _pairs(part: Population, strange: Calibration) -> Iterator[dict[str, Any]]:
    """How many comparisons of different people pass, and of the same are missed, where the promise is 1e-5 and 1e-3."""
    for way in Way:
        comparisons, curve = compare_all(part, way, probe_flip=False), strange.curves[way]
        cosines = {"1e-5": curve.cosine(DEFAULT_CONFIDENT), "1e-3": curve.cosine(DEFAULT_UNCERTAIN)}
        yield {
            "way": way.value,
            "impostors": len(comparisons.impostors),
            "cosine_at": cosines,
            "passed_at": {rate: int((comparisons.impostors > cosine).sum()) for rate, cosine in cosines.items()},
            "missed_at": {rate: miss_rate(comparisons, cosine) for rate, cosine in cosines.items()},
        }
