"""All comparisons that a population allows, by way of combining, and their error rates. Decides no threshold."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, islice

import numpy as np
from numpy.typing import NDArray

from attendance_evaluation.population import Metric, Population
from attendance_ml.faces import Way

VECTORS = {Way.SINGLE: 1, Way.BEST: 2, Way.MEAN: 3}
"""How many enrolled photos each way is measured with."""

TEMPLATES_PER_PERSON = 20
"""So that people with many photos don't outweigh the others by far."""

TAIL = 20
"""How many times the wanted share of the impostors is resampled: of a draw's, all that matter lie in it."""

RESAMPLES = 1000
"""People are drawn anew so many times: comparisons that share a person are no independent evidence."""

SURE = 90
"""Percentile of the resampled cosines that is taken, so that the promised rate holds beyond the people at hand."""

INTERVAL = (2.5, 97.5)


@dataclass(frozen=True, slots=True)
class Comparisons:
    """Cosines of probes with templates; no probe is among the photos of its template.

    `impostors` (I,) are of different people, highest first, with `enrolled` and `probed` (I,) saying of whom;
    `genuine` (G,) of the same person, who is `owners` (G,); a photo in which no face was found is unlike everybody,
    and never enrolled. Of each person there are `templates` and `photos` (P,) with a face.
    """

    impostors: NDArray[np.float32]
    enrolled: NDArray[np.intp]
    probed: NDArray[np.intp]
    genuine: NDArray[np.float32]
    owners: NDArray[np.intp]
    templates: NDArray[np.intp]
    photos: NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Rate:
    """A share, with a 95 % interval over draws of as many people."""

    rate: float
    low: float
    high: float


def compare_all(
    population: Population, way: Way, *, probe_flip: bool, vectors: int = 0, enrolled_flip: bool = True
) -> Comparisons:
    """Every photo as a probe against every template of `vectors` photos (0: as `VECTORS` has it).

    What is enrolled has its mirror image averaged in, as the product does, if not told otherwise.
    """
    probes = population.flipped if probe_flip else population.plain
    photos = population.flipped if enrolled_flip else population.plain
    templates = list(_templates(population, vectors or VECTORS[way]))
    enrolled = np.array([person for person, _ in templates], np.intp)
    cosines = np.stack([_similarities(probes, photos[chosen], way, population.metric) for _, chosen in templates])
    same = enrolled[:, None] == population.persons
    usable = same.copy()
    for row, (_, chosen) in enumerate(templates):
        usable[row, chosen] = False
    order = np.argsort(-cosines[~same])
    of, by = np.nonzero(~same)
    unseen = np.repeat(enrolled, np.bincount(population.unseen, minlength=len(population.names))[enrolled])
    return Comparisons(
        impostors=cosines[~same][order],
        enrolled=enrolled[of[order]],
        probed=population.persons[by[order]],
        genuine=np.concatenate([cosines[usable], np.full(len(unseen), -np.inf, np.float32)]),
        owners=np.concatenate([np.broadcast_to(enrolled[:, None], same.shape)[usable], unseen]),
        templates=np.bincount(enrolled, minlength=len(population.names)),
        photos=np.bincount(population.persons, minlength=len(population.names)),
    )


def cosine_at(comparisons: Comparisons, rate: float) -> float:
    """The cosine that at most `rate` of these impostors exceed."""
    return float(comparisons.impostors[int(rate * len(comparisons.impostors))])


def sure_cosine_at(comparisons: Comparisons, rate: float) -> float:
    """The cosine that in nine of ten draws of as many people at most `rate` of the impostors exceed."""
    top = slice(0, min(int(TAIL * rate * len(comparisons.impostors)), len(comparisons.impostors)))
    enrolled, probed = comparisons.enrolled[top], comparisons.probed[top]
    people = len(comparisons.photos)
    cosines = []
    for draw in np.random.default_rng(0).integers(0, people, (RESAMPLES, people)):
        weight = np.bincount(draw, minlength=people)
        reached = np.cumsum(weight[enrolled] * weight[probed])
        templates, photos = weight * comparisons.templates, weight * comparisons.photos
        total = templates.sum() * photos.sum() - (templates * photos).sum()
        cosines.append(comparisons.impostors[top][min(np.searchsorted(reached, rate * total), len(reached) - 1)])
    return float(np.percentile(cosines, SURE))


def miss_rate(comparisons: Comparisons, cosine: float) -> Rate:
    """How many same-person comparisons stay at or below `cosine`."""
    missed = comparisons.genuine <= cosine
    people = np.unique(comparisons.owners, return_inverse=True)[1]
    counts, misses = np.bincount(people), np.bincount(people, missed)
    drawn = np.random.default_rng(0).integers(0, len(counts), (RESAMPLES, len(counts)))
    low, high = np.percentile(misses[drawn].sum(axis=1) / counts[drawn].sum(axis=1), INTERVAL)
    return Rate(*(round(float(rate), 4) for rate in (missed.mean(), low, high)))


def _templates(population: Population, vectors: int) -> Iterator[tuple[int, list[int]]]:
    """(person, photos) of every template; of many possible ones per person the first twenty after shuffling."""
    shuffled = np.random.default_rng(0).permutation(len(population.persons))
    for person in range(len(population.names)):
        own = [int(photo) for photo in shuffled if population.persons[photo] == person]
        limit = len(own) if vectors == 1 else TEMPLATES_PER_PERSON
        for chosen in islice(combinations(own, vectors), limit):
            yield person, list(chosen)


def _similarities(
    probes: NDArray[np.float32], enrolled: NDArray[np.float32], way: Way, metric: Metric
) -> NDArray[np.float32]:
    if way is Way.MEAN:
        return metric.compare(probes, metric.mean(enrolled)[None])[:, 0]
    return np.asarray(metric.compare(probes, enrolled).max(axis=1))
