"""Error rates of comparisons, with intervals over draws of people. Knows no engine and no threshold in use.

Comparisons that share a person are no independent evidence, so people are drawn anew and not comparisons: one of two
different people weighs as often as the one was drawn times as often as the other.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from attendance_evaluation.comparisons import INTERVAL, RESAMPLES, Comparisons, Rate

KEPT, THINNING = 0.03, 20
"""Of the impostors so large a share, the most alike, is weighed exactly, and of the rest every so manieth: those lie
below every threshold of interest and tell about the area under the curve only."""

SMALL = 200_000
"""Up to so many impostors nothing is thinned."""

FALSE_MATCH_RATES = {"1e-3": 1e-3, "1e-4": 1e-4, "1e-5": 1e-5}
GRID = np.logspace(-6, 0, 121)


@dataclass(frozen=True, slots=True)
class Weighted:
    """Comparisons by falling similarity, ready to be weighed by person.

    `impostors` (I,) count `base` (I,) times each; `first` and `second` (I,) are the two persons. `genuine` (G,) are of
    `owners` (G,).
    """

    impostors: NDArray[np.floating]
    base: NDArray[np.float64]
    first: NDArray[np.intp]
    second: NDArray[np.intp]
    genuine: NDArray[np.floating]
    owners: NDArray[np.intp]

    def weigh(self, people: NDArray[np.floating]) -> "Curve":
        """The curve where each person counts as often as `people` (P,) says."""
        false = np.cumsum(self.base * people[self.first] * people[self.second])
        own = people[self.owners].astype(float)
        above = np.searchsorted(-self.impostors, -self.genuine, side="right")
        total = max(float(false[-1]), np.finfo(float).tiny)
        reached = np.concatenate([[0.0], false]) / total
        return Curve(self, reached, own / max(own.sum(), np.finfo(float).tiny), above)


@dataclass(frozen=True, slots=True)
class Curve:
    """Both errors at every threshold: `reached` (I + 1,) is the share of impostors among the first so many, `shares`
    (G,) what each genuine comparison counts, `above` (G,) how many impostors are more alike.
    """

    scores: Weighted
    reached: NDArray[np.float64]
    shares: NDArray[np.float64]
    above: NDArray[np.intp]

    def area(self) -> float:
        """How often the same person's comparison is more alike than a stranger's."""
        return max(float(1 - (self.shares * self.reached[self.above]).sum()), 0.0)

    def equal_error(self) -> float:
        """The error where both kinds are equally frequent."""
        false, missed = self._errors()
        crossing = np.abs(false - missed).argmin()
        return float((false[crossing] + missed[crossing]) / 2)

    def accuracy(self) -> float:
        """Right answers at the best threshold, where as many pairs are of one person as of two."""
        false, missed = self._errors()
        return float(1 - (false + missed).min() / 2)

    def threshold(self, rate: float) -> float:
        """The similarity that at most `rate` of the impostors exceed."""
        beyond = int(np.searchsorted(self.reached[1:], rate * (1 + 1e-9), side="right"))
        return float(self.scores.impostors[min(beyond, len(self.scores.impostors) - 1)])

    def missed(self, rate: float) -> float:
        """Share of the same person's comparisons lost where at most `rate` of the impostors pass."""
        passing = int(np.searchsorted(-self.scores.genuine, -self.threshold(rate), side="left"))
        return max(float(1 - self.shares[:passing].sum()), 0.0)

    def _errors(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """False matches and misses, each genuine similarity in turn being the threshold that just passes."""
        return self.reached[self.above], np.maximum(1 - np.cumsum(self.shares), 0)


def weighted(comparisons: Comparisons) -> Weighted:
    """All comparisons, the many hopeless ones thinned."""
    count = len(comparisons.impostors)
    head = count if count <= SMALL else int(KEPT * count)
    chosen = np.concatenate([np.arange(head), np.arange(head, count, THINNING)])
    rest = np.full(len(chosen) - head, (count - head) / max(len(chosen) - head, 1))
    order = np.argsort(-comparisons.genuine, kind="stable")
    return Weighted(
        impostors=comparisons.impostors[chosen],
        base=np.concatenate([np.ones(head), rest]),
        first=comparisons.enrolled[chosen],
        second=comparisons.probed[chosen],
        genuine=comparisons.genuine[order],
        owners=comparisons.owners[order],
    )


def estimate(measure: Callable[[NDArray[np.floating]], Sequence[float]], people: int, resamples: int) -> list[Rate]:
    """Each figure of `measure` with the interval over `resamples` draws of as many people.

    `measure` gets how often each person counts, (P,), at first once each.
    """
    rng = np.random.default_rng(0)
    exact = measure(np.ones(people))
    drawn = [
        measure(np.bincount(rng.integers(0, people, people), minlength=people).astype(float)) for _ in range(resamples)
    ]
    lows, highs = np.nanpercentile(np.array(drawn).reshape(resamples, -1), INTERVAL, axis=0)
    rounded = (np.asarray(figures, float).round(9).tolist() for figures in (exact, lows, highs))
    return [Rate(*figures) for figures in zip(*rounded, strict=True)]


def verify(comparisons: Comparisons, resamples: int = RESAMPLES) -> dict[str, Any]:
    """Area, equal error, accuracy, misses at each false match rate that the comparisons reach, and the curve."""
    scores = weighted(comparisons)
    rates = {name: rate for name, rate in FALSE_MATCH_RATES.items() if rate * len(comparisons.impostors) >= 1}

    def measure(people: NDArray[np.floating]) -> list[float]:
        curve = scores.weigh(people)
        misses = [curve.missed(rate) for rate in rates.values()]
        return [curve.accuracy(), curve.area(), curve.equal_error(), *misses]

    accuracy, area, equal_error, *misses = estimate(measure, len(comparisons.photos), resamples)
    curve = scores.weigh(np.ones(len(comparisons.photos)))
    reachable = GRID[GRID * len(comparisons.impostors) >= 1]
    return {
        "genuine": len(comparisons.genuine),
        "impostors": len(comparisons.impostors),
        "accuracy": accuracy,
        "area": area,
        "equal_error": equal_error,
        "missed_at": dict(zip(rates, misses, strict=True)),
        "similarity_at": {name: curve.threshold(rate) for name, rate in rates.items()},
        "curve": [(float(rate), round(curve.missed(rate), 9)) for rate in reachable],
    }
