"""What a class and its strangers are to expect: counts, rates and intervals by identity. Draws no roster itself."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from attendance_contract.models import DEFAULT_CONFIDENT, DEFAULT_UNCERTAIN, Thresholds
from attendance_evaluation.comparisons import RESAMPLES, Rate
from attendance_evaluation.population import Metric, Population
from attendance_evaluation.rosters import (
    DRAWS,
    Decide,
    Faces,
    Outcome,
    decide_as_old_engine,
    decide_as_product,
    draw_rosters,
    enrollable,
)
from attendance_evaluation.verification import Weighted, estimate
from attendance_ml.faces import LOOKALIKE_MARGIN, Calibration, load_calibration
from attendance_ml.faces.models import SFACE

SIZES, VECTORS = (30, 60), (1, 3)
FALSE_POSITIVE_RATES = {"1 %": 0.01, "0.1 %": 0.001}
GRID = np.logspace(-4, 0, 81)


def open_set(population: Population, resamples: int = RESAMPLES, draws: int = DRAWS) -> list[dict[str, Any]]:
    """A row per size of roster, photos enrolled and way to probe; for our engine the largest roster also without the
    look-alike margin.
    """
    people = len(enrollable(population))
    sizes = [size for size in SIZES if size <= people] or [people // 2] * (people > 1)
    cases = [(size, vectors) for size in sizes for vectors in VECTORS]
    if population.metric is Metric.EUCLIDEAN:
        return [
            class_figures(population, size, vectors, decide_as_old_engine, resamples, draws) for size, vectors in cases
        ]
    rows = [(*case, flip, LOOKALIKE_MARGIN) for flip in (False, True) for case in cases]
    rows += [(sizes[-1], vectors, False, 0.0) for vectors in VECTORS if sizes]
    return [
        {
            **class_figures(
                population, size, vectors, _product(flip=flip, margin=margin), resamples, draws, probe_flip=flip
            ),
            "lookalike_margin": margin,
        }
        for size, vectors, flip, margin in rows
    ]


def _product(*, flip: bool, margin: float) -> Decide:
    return decide_by(load_calibration(SFACE.id, probe_flip=flip), margin)


def decide_by(calibration: Calibration, margin: float = LOOKALIKE_MARGIN) -> Decide:
    """The product's own decisions at its usual distances."""
    thresholds = Thresholds(confident=DEFAULT_CONFIDENT, uncertain=DEFAULT_UNCERTAIN, lookalike_margin=margin)
    return decide_as_product(calibration, thresholds)


def class_figures(
    population: Population,
    size: int,
    vectors: int,
    decide: Decide,
    resamples: int,
    draws: int,
    *,
    probe_flip: bool = False,
) -> dict[str, Any]:
    """What becomes of students and strangers of so many classes of one size."""
    students, strangers = draw_rosters(
        population, decide, size=size, vectors=vectors, probe_flip=probe_flip, draws=draws
    )
    people = len(population.names)
    return {
        "roster": size,
        "vectors": vectors,
        "probe_flip": probe_flip,
        "draws": draws,
        "students": _student_figures(students, people, resamples),
        "strangers": _stranger_figures(strangers, people, resamples),
        **_identification(students, strangers, people, resamples),
    }


def _student_figures(faces: Faces, people: int, resamples: int) -> dict[str, Any]:
    right, present = faces.nearest == faces.persons, faces.outcomes == Outcome.PRESENT
    offered = faces.outcomes == Outcome.OFFERED
    events = {
        "present": right & present,
        "sent_to_review": right & offered,
        "missed": ~right | ~(present | offered),
        "unknown": ~(present | offered),
        "wrongly_present": ~right & present,
        "wrongly_offered": ~right & offered,
    }
    return _figures(events, lambda drawn: drawn[faces.persons], len(right), people, resamples)


def _stranger_figures(faces: Faces, people: int, resamples: int) -> dict[str, Any]:
    events = {"present": faces.outcomes == Outcome.PRESENT, "offered": faces.outcomes == Outcome.OFFERED}
    return _figures(
        events, lambda drawn: drawn[faces.persons] * drawn[faces.nearest], len(faces.persons), people, resamples
    )


def _figures(
    events: dict[str, NDArray[np.bool_]],
    weigh: Callable[[NDArray[np.floating]], NDArray[np.floating]],
    faces: int,
    people: int,
    resamples: int,
) -> dict[str, Any]:
    """Count, and rate with interval, of each kind of event among `faces`."""
    happened = np.array(list(events.values()), float)

    def measure(drawn: NDArray[np.floating]) -> Sequence[float]:
        weights = weigh(drawn)
        total = weights.sum()
        return list((happened @ weights) / total) if total else [np.nan] * len(happened)

    rates: list[Rate] = estimate(measure, people, resamples)
    counts = {name: int(event.sum()) for name, event in events.items()}
    return {
        "faces": faces,
        **{name: {"count": counts[name], "rate": rate} for name, rate in zip(events, rates, strict=True)},
    }


def _identification(students: Faces, strangers: Faces, people: int, resamples: int) -> dict[str, Any]:
    """How many students are found at their own name, where so many strangers are taken for anybody."""
    similar = np.where(students.nearest == students.persons, -students.distances, -np.inf)
    order, strange = np.argsort(-similar, kind="stable"), np.argsort(strangers.distances, kind="stable")
    scores = Weighted(
        impostors=-strangers.distances[strange],
        base=np.ones(len(strange)),
        first=strangers.persons[strange],
        second=strangers.nearest[strange],
        genuine=similar[order],
        owners=students.persons[order],
    )

    def measure(drawn: NDArray[np.floating]) -> list[float]:
        curve = scores.weigh(drawn)
        return [1 - curve.missed(rate) for rate in FALSE_POSITIVE_RATES.values()]

    curve = scores.weigh(np.ones(people))
    return {
        "identified_at": dict(zip(FALSE_POSITIVE_RATES, estimate(measure, people, resamples), strict=True)),
        "curve": [(float(rate), round(1 - curve.missed(rate), 9)) for rate in GRID if rate * len(strange) >= 1],
    }
