"""Accuracy over the pairs that a benchmark lists, as LFW has it: the threshold never sees the pairs it is tried on."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from attendance_evaluation.comparisons import RESAMPLES, Rate
from attendance_evaluation.photos import ListedPair
from attendance_evaluation.population import Population
from attendance_evaluation.verification import estimate

FOLDS = 10


def listed_accuracy(
    pairs: Sequence[ListedPair], population: Population, *, flip: bool, resamples: int = RESAMPLES
) -> Rate | None:
    """Share answered rightly, each tenth of the pairs by the best threshold of the other nine.

    With `flip` both photos have their mirror image averaged in. A pair with a photo in which no face was found counts
    as two different people. None where too few pairs are listed, or a photo of theirs was not measured.
    """
    vectors = population.flipped if flip else population.plain
    rows = {path: row for row, path in enumerate(population.paths)}
    persons = {path.parent.name: None for pair in pairs for path in (pair.one, pair.other)}
    numbers = {name: number for number, name in enumerate(population.names)}
    if len(pairs) < FOLDS or not persons.keys() <= numbers.keys():
        return None
    similar = np.array([_similarity(pair, rows, vectors, population) for pair in pairs])
    similar = np.where(np.isfinite(similar), similar, similar[np.isfinite(similar)].min(initial=0) - 1)
    right = right_by_folds(similar, np.array([pair.same for pair in pairs]))
    one, other = (np.array([numbers[path.parent.name] for path in side]) for side in _sides(pairs))

    def measure(drawn: NDArray[np.floating]) -> list[float]:
        weights = np.where(one == other, drawn[one], drawn[one] * drawn[other])
        return [float(weights[right].sum() / weights.sum())]

    return estimate(measure, len(population.names), resamples)[0]


def right_by_folds(similar: NDArray[np.floating], same: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which pairs (N,) are answered rightly."""
    fold = np.random.default_rng(0).permutation(len(similar)) % FOLDS
    right = np.empty(len(similar), bool)
    for tried in range(FOLDS):
        held = fold == tried
        right[held] = (similar[held] > best_threshold(similar[~held], same[~held])) == same[held]
    return right


def best_threshold(similar: NDArray[np.floating], same: NDArray[np.bool_]) -> float:
    """The similarity above which calling a pair one person is right most often: half way between two of those given."""
    order = np.argsort(similar)
    gained = np.cumsum(np.where(same[order], -1, 1))  # by rejecting one pair more
    best = int(gained.argmax())
    return float(similar[order][best : best + 2].mean())


def _similarity(
    pair: ListedPair, rows: Mapping[Path, int], vectors: NDArray[np.float32], population: Population
) -> float:
    if pair.one not in rows or pair.other not in rows:
        return -np.inf
    one, other = vectors[[rows[pair.one]]], vectors[[rows[pair.other]]]
    return float(population.metric.compare(one, other)[0, 0])


def _sides(pairs: Sequence[ListedPair]) -> tuple[list[Path], list[Path]]:
    return [pair.one for pair in pairs], [pair.other for pair in pairs]
