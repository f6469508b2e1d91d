"""Error rates from made-up people whose true rates are known."""

from collections.abc import Callable

import numpy as np
import pytest

from attendance_evaluation.comparisons import (
    TEMPLATES_PER_PERSON,
    Comparisons,
    compare_all,
    cosine_at,
    miss_rate,
    sure_cosine_at,
)
from attendance_evaluation.population import Population
from attendance_ml.faces import Way

MakePopulation = Callable[..., Population]


def impostors_only(cosines: np.ndarray, people: int) -> Comparisons:
    """Comparisons of as many different people, each with each, in falling order."""
    pairs = np.argwhere(~np.eye(people, dtype=bool))
    order = np.argsort(-cosines)
    none = np.empty(0, np.intp)
    return Comparisons(
        impostors=cosines[order].astype(np.float32),
        enrolled=pairs[order, 0],
        probed=pairs[order, 1],
        genuine=np.empty(0, np.float32),
        owners=none,
        templates=np.ones(people, np.intp),
        photos=np.ones(people, np.intp),
    )


def test_single_photos_are_each_compared_with_every_other_photo(population: MakePopulation) -> None:
    comparisons = compare_all(population(5, 4), Way.SINGLE, probe_flip=False)
    assert len(comparisons.impostors) == 20 * 16
    assert len(comparisons.genuine) == 20 * 3
    assert (np.diff(comparisons.impostors) <= 0).all()
    assert (comparisons.enrolled != comparisons.probed).all()


@pytest.mark.parametrize(("way", "templates", "left"), [(Way.BEST, 6, 2), (Way.MEAN, 4, 1)])
def test_a_probe_is_never_among_the_photos_of_its_template(
    way: Way, templates: int, left: int, population: MakePopulation
) -> None:
    comparisons = compare_all(population(5, 4), way, probe_flip=True)
    assert comparisons.templates.tolist() == [templates] * 5
    assert len(comparisons.genuine) == 5 * templates * left
    assert comparisons.genuine.max() < 0.999


def test_a_photo_without_a_face_is_missed_with_every_template(population: MakePopulation) -> None:
    comparisons = compare_all(population(5, 4, unseen=2), Way.MEAN, probe_flip=False)
    assert np.isneginf(comparisons.genuine).sum() == 2 * 4
    assert miss_rate(comparisons, -1.0).rate == pytest.approx(8 / (5 * 4 + 8), abs=1e-4)


def test_people_with_many_photos_do_not_outweigh_the_others(population: MakePopulation) -> None:
    comparisons = compare_all(population(3, 9), Way.MEAN, probe_flip=False)
    assert comparisons.templates.tolist() == [TEMPLATES_PER_PERSON] * 3


def test_the_mean_of_three_separates_better_than_one(population: MakePopulation) -> None:
    people = population(60, 5, spread=1.5)
    missed = {}
    for way in Way:
        comparisons = compare_all(people, way, probe_flip=False)
        missed[way] = miss_rate(comparisons, cosine_at(comparisons, 1e-3)).rate
    assert missed[Way.MEAN] < missed[Way.BEST] < missed[Way.SINGLE]


@pytest.mark.parametrize("rate", [0.5, 0.01, 0.001])
def test_at_most_the_promised_share_of_impostors_exceeds_the_cosine(rate: float, population: MakePopulation) -> None:
    comparisons = compare_all(population(40, 3), Way.SINGLE, probe_flip=False)
    assert (comparisons.impostors > cosine_at(comparisons, rate)).mean() <= rate


def test_the_sure_cosine_holds_for_other_people_where_the_plain_one_often_fails() -> None:
    rng = np.random.default_rng(1)
    people, rate = 60, 0.01
    fails = {cosine_at: 0, sure_cosine_at: 0}
    for _ in range(20):
        # Some people resemble everybody: their comparisons are no independent evidence.
        likeness = rng.normal(size=people)
        pairs = np.argwhere(~np.eye(people, dtype=bool))
        cosines = (likeness[pairs[:, 0]] + likeness[pairs[:, 1]] + rng.normal(size=len(pairs))) / 12
        drawn = impostors_only(cosines, people)
        many = (rng.normal(size=(3, 200_000))).sum(axis=0) / 12
        for estimate in fails:
            fails[estimate] += bool((many > estimate(drawn, rate)).mean() > rate)
    assert fails[sure_cosine_at] * 2 <= fails[cosine_at]


def test_the_miss_rate_counts_and_its_interval_holds_it(population: MakePopulation) -> None:
    comparisons = compare_all(population(40, 4, spread=1.2), Way.SINGLE, probe_flip=False)
    cosine = float(np.quantile(comparisons.genuine, 0.2))
    missed = miss_rate(comparisons, cosine)
    assert missed.rate == pytest.approx(0.2, abs=0.01)
    assert missed.low < missed.rate < missed.high


def test_nobody_missed_has_an_empty_interval(population: MakePopulation) -> None:
    comparisons = compare_all(population(10, 3, spread=0.1), Way.SINGLE, probe_flip=False)
    assert miss_rate(comparisons, -1.0).high == 0
