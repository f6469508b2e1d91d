"""What a roster shows of itself: its students are different people, so comparisons between them are known impostors.

Tightens thresholds where they break their promise for this class. Loosens none, and judges no pair of students alone.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from attendance_contract.models import DEFAULT_CONFIDENT, DEFAULT_UNCERTAIN, Impostors, LookalikePair, Thresholds

PROMISES = {DEFAULT_CONFIDENT: 1e-5, DEFAULT_UNCERTAIN: 1e-3}
"""The share of comparisons of different people that may fall below each distance, by the calibration's definition."""

DISTANCE_PER_DECADE = 0.05
"""A tenth of the rate lies so much lower, as the calibration has it between the two promises."""

SIGNIFICANT = 0.01
"""A promise counts as broken where it would seem so by chance in fewer classes than one of so many (one-sided)."""

LEAST_PAIRS = 2
"""One pair of students tells of these two, not of the class."""

EXCEPTIONS = 0.2
"""Share of students who may be enrolled twice; where more seem to be, it is the class that is alike."""

NAMED = 1000
"""So many pairs of look-alikes are named at most, the nearest first."""

MAY_MISS = 0.05
"""Share of the roster's own same-person comparisons that no tightening goes beyond."""

STEP = 1000
"""A tightening is a whole number of thousandths, rounded up."""


@dataclass(frozen=True, slots=True)
class SelfCheck:
    """What was counted. No threshold that is above `least` may come below it: there more than one in twenty of the
    roster's own same-person comparisons would be missed.
    `rivals` has every look-alike's look-alikes, with how far apart they are.
    """

    impostors: Impostors
    least: float
    rivals: Mapping[str, Mapping[str, float]]

    def tighten(self, asked: Thresholds) -> Thresholds:
        """The thresholds to apply where `asked` were: both lowered by what is wanted, as far as they may be."""
        confident, uncertain = self._lowered(asked.confident), self._lowered(asked.uncertain)
        by = max(asked.confident - confident, asked.uncertain - uncertain)
        return asked.model_copy(update={"confident": confident, "uncertain": uncertain, "tightened_by": by})

    def _lowered(self, threshold: float) -> float:
        return max(threshold - self.impostors.tightening_wanted, min(threshold, self.least), 0.0)


def check_roster(
    student_ids: list[str], sizes: NDArray[np.intp], distances: NDArray[np.float64], same_person: NDArray[np.float64]
) -> SelfCheck:
    """Every student's single vectors against everybody's template, and what follows from it.

    Students whose comparisons are on average below the uncertain threshold are named as look-alikes. Those below the
    confident one might be one person: neither is counted at all, or a third who resembles them would seem to resemble
    two, unless that leaves out too much of the class. The others stay in: without the pairs that come near each other
    nothing would be left to see (docs/decisions/0015).

    Args:
        student_ids: (S,).
        sizes: (S,), how many vectors each student has.
        distances: (V, S), one row per vector, in the order of the students.
        same_person: (G,), distances of single vectors from the template of their student's other ones.
    """
    summed = _by_student(distances, sizes)
    means = (summed + summed.T) / (sizes[:, None] + sizes)
    np.fill_diagonal(means, np.inf)
    alike = np.argwhere(np.triu(means < DEFAULT_UNCERTAIN))
    nearest = alike[np.argsort(means[tuple(alike.T)], kind="stable")][:NAMED]
    twice = np.any(means < DEFAULT_CONFIDENT, axis=1, keepdims=True)
    doubtful = twice & (twice.sum() <= max(2, EXCEPTIONS * len(sizes)))
    left_out = doubtful | doubtful.T | np.eye(len(sizes), dtype=bool)
    kept = np.where(np.repeat(left_out, sizes, axis=0), np.inf, distances)
    impostors = Impostors(
        pairs=int(np.isfinite(kept).sum()),
        below_confident=int((kept < DEFAULT_CONFIDENT).sum()),
        below_uncertain=int((kept < DEFAULT_UNCERTAIN).sum()),
        lookalikes=[
            LookalikePair(student_ids=(student_ids[one], student_ids[other]), distance=means[one, other])
            for one, other in nearest
        ],
        tightening_wanted=_wanted(kept, sizes),
    )
    return SelfCheck(impostors, _least(same_person), _rivals(impostors.lookalikes))


def _rivals(lookalikes: Iterable[LookalikePair]) -> Mapping[str, Mapping[str, float]]:
    rivals: dict[str, dict[str, float]] = defaultdict(dict)
    for pair in lookalikes:
        one, other = pair.student_ids
        rivals[one][other] = rivals[other][one] = pair.distance
    return dict(rivals)


def chance_of(hits: int, comparisons: int, rate: float) -> float:
    """How likely so many hits or more are among independent comparisons, where each is one at that rate."""
    if hits <= 0:
        return 1.0
    if hits > comparisons:
        return 0.0
    fewer = np.arange(hits)
    ratios = np.log((comparisons - fewer[:-1]) / (fewer[:-1] + 1)) + math.log(rate) - math.log1p(-rate)
    logs = comparisons * math.log1p(-rate) + np.concatenate([[0.0], np.cumsum(ratios)])
    return max(0.0, 1.0 - float(np.exp(logs).sum()))


def _wanted(distances: NDArray[np.float64], sizes: NDArray[np.intp]) -> float:
    """By how much the thresholds must fall until the comparisons no longer speak against either promise."""
    lower = 0.0
    while excess := max(_decades_above(rate, distances, limit - lower, sizes) for limit, rate in PROMISES.items()):
        lower += math.ceil(excess * DISTANCE_PER_DECADE * STEP) / STEP
    return round(lower, 3)


def _decades_above(rate: float, distances: NDArray[np.float64], limit: float, sizes: NDArray[np.intp]) -> float:
    """By how many powers of ten the share below `limit` is above `rate`; 0 where that may well be chance.

    Comparisons of the same two people come in clumps. They are worth as many independent ones as there would be pairs
    if all pairs had as many hits: the sum of hits squared over the sum of squares.
    """
    below = _by_student(distances < limit, sizes)
    clumps = np.triu(below + below.T)
    hits, comparisons = clumps.sum(), int(np.isfinite(distances).sum())
    if not hits:
        return 0.0
    clump = (clumps**2).sum() / hits
    worth = int(hits / clump + 1e-9)
    if worth < LEAST_PAIRS or chance_of(worth, int(comparisons / clump), rate) >= SIGNIFICANT:
        return 0.0
    return max(0.0, math.log10(hits / comparisons / rate))


def _least(same_person: NDArray[np.float64]) -> float:
    """The lowest threshold that misses no more of these than it may."""
    if not len(same_person):
        return 0.0
    farthest = np.sort(same_person)[len(same_person) - 1 - int(MAY_MISS * len(same_person))]
    return float(np.nextafter(farthest, 2.0))


def _by_student(rows: NDArray[np.float64] | NDArray[np.bool_], sizes: NDArray[np.intp]) -> NDArray[np.float64]:
    """Sums of each student's rows, (S, S)."""
    starts = np.cumsum(sizes) - sizes
    return np.add.reduceat(rows, starts, axis=0, dtype=float) if len(sizes) else np.empty((0, 0))
