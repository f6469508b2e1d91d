"""Everything that is measured of a labelled folder, put together. Prints and writes nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from attendance_bench.machine import commit, facts
from attendance_evaluation.comparisons import RESAMPLES, Comparisons, compare_all
from attendance_evaluation.conditions import by_condition
from attendance_evaluation.held_out import held_out
from attendance_evaluation.listed import listed_accuracy
from attendance_evaluation.old_engine import OldEncoder
from attendance_evaluation.open_set import open_set
from attendance_evaluation.photos import LabelledPhoto, ListedPair, labelled_photos, listed_pairs, sample
from attendance_evaluation.population import Metric, Population, embed_population
from attendance_evaluation.rosters import enrollable
from attendance_evaluation.vectors import OwnEncoder
from attendance_evaluation.verification import verify
from attendance_ml.faces import FaceEngine, Way

OURS, OLD = "Smart Attendance", "old engine (dlib)"


@dataclass(frozen=True, slots=True)
class Combination:
    """How photos become one comparison."""

    title: str
    way: Way
    vectors: int
    enrolled_flip: bool = True
    probe_flip: bool = False


COMBINATIONS = tuple(
    Combination(title, way, vectors, probe_flip=flip)
    for title, way, vectors in (
        ("one photo", Way.SINGLE, 1),
        ("best of 2", Way.BEST, 2),
        ("mean of 3", Way.MEAN, 3),
    )
    for flip in (False, True)
)
ALTERNATIVES = (
    Combination("one photo", Way.SINGLE, 1, enrolled_flip=False),
    Combination("mean of 3", Way.MEAN, 3, enrolled_flip=False),
    Combination("mean of 2", Way.MEAN, 2),
    Combination("best of 3", Way.BEST, 3),
    Combination("best of 3", Way.BEST, 3, probe_flip=True),
    Combination("mean of 4", Way.MEAN, 4),
)
"""What the product could do instead; measured so that it can be judged."""


@dataclass(frozen=True, slots=True)
class Request:
    """What to measure: `old_engine` is of how many photos, 0 for not at all; `conditions` by size and quality too."""

    data: Path
    cache: Path
    old_engine: int = 0
    conditions: bool = False
    resamples: int = RESAMPLES


def measure_accuracy(request: Request, engine: FaceEngine) -> dict[str, Any]:
    """All tables of a labelled folder.

    Raises:
        FileNotFoundError: the folder holds no labelled photos, or the old engine is not installed.
    """
    photos, pairs = labelled_photos(request.data), listed_pairs(request.data)
    encoder = OwnEncoder(engine)
    own = embed_population(OURS, photos, encoder, request.cache)
    figures: dict[str, Any] = {
        "data": request.data.resolve().name,
        "machine": facts(),
        "commit": commit(),
        "models": [
            {"id": model.id, "runtime": model.runtime, "precision": model.precision} for model in engine.models()
        ],
        "resamples": request.resamples,
        "engines": [_engine_tables(own, COMBINATIONS, pairs, request.resamples)],
        "alternatives": _verification(own, ALTERNATIVES, request.resamples),
        "held_out": held_out(own, request.resamples),
    }
    if request.old_engine:
        figures["engines"] += _beside_the_old_engine(request, photos, pairs, encoder)
    if request.conditions and len(enrollable(own)) > 1:
        figures["conditions"] = by_condition(own, encoder, request.cache, request.resamples)
    return figures


def _beside_the_old_engine(
    request: Request, photos: Sequence[LabelledPhoto], pairs: Sequence[ListedPair], encoder: OwnEncoder
) -> list[dict[str, Any]]:
    """Both engines on the same photos."""
    chosen = sample(photos, request.old_engine)
    own = embed_population(OURS, chosen, encoder, request.cache)
    old = embed_population(OLD, chosen, OldEncoder(), request.cache, Metric.EUCLIDEAN)
    plain = [combination for combination in COMBINATIONS if not combination.probe_flip]
    paths = {photo.path for photo in chosen}
    among = [pair for pair in pairs if {pair.one, pair.other} <= paths]
    return [
        _engine_tables(own, COMBINATIONS, among, request.resamples),
        _engine_tables(old, plain, among, request.resamples),
    ]


def _engine_tables(
    population: Population, combinations: Sequence[Combination], pairs: Sequence[ListedPair], resamples: int
) -> dict[str, Any]:
    flips = (False, True) if population.metric is Metric.COSINE else (False,)
    return {
        "engine": population.name,
        "photos": len(population.paths) + len(population.unseen),
        "people": len(population.names),
        "enrollable_people": len(enrollable(population)),
        "faces_not_found": len(population.unseen),
        "pairs_listed": len(pairs),
        "listed_accuracy": {
            "mirror image on both" if flip else "as they are": listed_accuracy(
                pairs, population, flip=flip, resamples=resamples
            )
            for flip in flips
        },
        "verification": _verification(population, combinations, resamples),
        "open_set": open_set(population, resamples),
    }


def _verification(population: Population, combinations: Sequence[Combination], resamples: int) -> list[dict[str, Any]]:
    """A row per combination for which somebody has photos enough."""
    most = np.bincount(population.persons).max(initial=0)
    return [
        {
            "way": each.title,
            "vectors": each.vectors,
            "enrolled_flip": each.enrolled_flip,
            "probe_flip": each.probe_flip,
            **verify(_compare(population, each), resamples),
        }
        for each in combinations
        if each.vectors < most
    ]


def _compare(population: Population, combination: Combination) -> Comparisons:
    return compare_all(
        population,
        combination.way,
        probe_flip=combination.probe_flip,
        vectors=combination.vectors,
        enrolled_flip=combination.enrolled_flip,
    )
