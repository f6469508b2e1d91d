"""Error rates and intervals, from scores whose true rates are known."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from attendance_evaluation.comparisons import compare_all, cosine_at
from attendance_evaluation.population import Population
from attendance_evaluation.verification import SMALL, Weighted, estimate, verify, weighted
from attendance_ml.faces import Way

RATES = (0.001, 0.01, 0.1, 0.3, 1.0)
similarities = st.floats(-1, 1, width=32)


def scores(impostors: np.ndarray, genuine: np.ndarray) -> Weighted:
    """Each comparison of persons of its own."""
    people = np.arange(len(impostors))
    return Weighted(
        impostors=-np.sort(-impostors),
        base=np.ones(len(impostors)),
        first=people,
        second=people,
        genuine=-np.sort(-genuine),
        owners=np.arange(len(genuine)),
    )


def once(weighed: Weighted) -> np.ndarray:
    return np.ones(max(len(weighed.impostors), len(weighed.genuine)))


@given(arrays(np.float32, 40, elements=similarities), arrays(np.float32, 15, elements=similarities))
def test_whoever_tolerates_more_false_matches_misses_no_more(impostors: np.ndarray, genuine: np.ndarray) -> None:
    given_scores = scores(impostors, genuine)
    curve = given_scores.weigh(once(given_scores))
    missed = [curve.missed(rate) for rate in RATES]
    assert missed == sorted(missed, reverse=True)
    assert all(0 <= rate <= 1 for rate in (*missed, curve.equal_error(), curve.area(), curve.accuracy()))


@given(arrays(np.float32, 40, elements=similarities), st.sampled_from(RATES[:-1]))
def test_no_more_impostors_pass_than_allowed(impostors: np.ndarray, rate: float) -> None:
    given_scores = scores(impostors, impostors[:5])
    threshold = given_scores.weigh(once(given_scores)).threshold(rate)
    assert (impostors > threshold).sum() <= rate * len(impostors)


@given(arrays(np.float32, 30, elements=similarities), arrays(np.float32, 10, elements=similarities))
def test_the_same_shift_of_all_scores_changes_no_error(impostors: np.ndarray, genuine: np.ndarray) -> None:
    impostors, genuine = impostors.round(2), genuine.round(2)
    before, after = scores(impostors, genuine), scores(2 * impostors, 2 * genuine)
    assert before.weigh(once(before)).equal_error() == after.weigh(once(after)).equal_error()
    assert before.weigh(once(before)).area() == after.weigh(once(after)).area()


def test_scores_that_do_not_overlap_have_no_error() -> None:
    apart = scores(np.linspace(-1, 0, 50), np.linspace(0.1, 1, 20))
    curve = apart.weigh(once(apart))
    assert (curve.area(), curve.accuracy(), curve.missed(0)) == pytest.approx((1, 1, 0), abs=1e-12)
    assert curve.equal_error() == pytest.approx(0, abs=1e-12)


def test_known_overlap_gives_the_known_figures() -> None:
    # Of 100 impostors 10 lie above 10 of 100 genuine ones, all others below.
    overlapping = scores(
        np.concatenate([np.linspace(0.4, 0.5, 10), np.linspace(-1, 0, 90)]),
        np.concatenate([np.linspace(0.1, 0.3, 10), np.linspace(0.6, 1, 90)]),
    )
    curve = overlapping.weigh(once(overlapping))
    assert curve.equal_error() == pytest.approx(0.10, abs=0.006)
    assert curve.missed(0.09) == pytest.approx(0.10)
    assert curve.missed(0.10) == pytest.approx(0, abs=1e-12)
    assert curve.area() == pytest.approx(1 - 0.1 * 0.1)


def test_a_person_counted_twice_weighs_as_two_people_alike() -> None:
    rng = np.random.default_rng(0)
    impostors, genuine = rng.normal(size=30), rng.normal(size=12) + 1
    weights = np.ones(30)
    weights[3] = 2
    once_more = scores(impostors, genuine).weigh(weights)
    assert once_more.shares[3] == pytest.approx(2 / 13)
    assert once_more.reached[4] - once_more.reached[3] == pytest.approx(4 / 33)


def test_thinning_what_is_hopeless_changes_no_figure_of_interest(
    population: Callable[..., Population],
) -> None:
    comparisons = compare_all(population(250, 3, spread=1.5), Way.SINGLE, probe_flip=False)
    assert len(comparisons.impostors) > SMALL
    scores_kept = weighted(comparisons)
    assert len(scores_kept.impostors) < len(comparisons.impostors) / 5
    curve = scores_kept.weigh(np.ones(250))
    for rate in (1e-5, 1e-4, 1e-3):
        assert curve.threshold(rate) == cosine_at(comparisons, rate)
    above = np.searchsorted(-comparisons.impostors, -comparisons.genuine)
    assert curve.area() == pytest.approx(1 - above.mean() / len(comparisons.impostors), abs=1e-4)


def test_the_interval_of_a_rate_is_that_of_so_many_people() -> None:
    happened = np.arange(400) < 100

    def measure(people: np.ndarray) -> list[float]:
        return [float(people[happened].sum() / people.sum())]

    (rate,) = estimate(measure, 400, 500)
    # The textbook's interval for 100 of 400 is 25 % +- 4.2 %.
    assert rate.rate == 0.25
    assert rate.low == pytest.approx(0.208, abs=0.01)
    assert rate.high == pytest.approx(0.292, abs=0.01)


def test_intervals_hold_the_figures_and_the_same_again(population: Callable[..., Population]) -> None:
    comparisons = compare_all(population(40, 4, spread=1.5), Way.SINGLE, probe_flip=False)
    first, again = (verify(comparisons, resamples=50) for _ in range(2))
    assert first == again
    for rate in (first["equal_error"], first["accuracy"], first["area"], *first["missed_at"].values()):
        assert rate.low <= rate.rate <= rate.high


def test_a_rate_that_no_comparison_reaches_is_not_given(population: Callable[..., Population]) -> None:
    few = verify(compare_all(population(20, 3), Way.SINGLE, probe_flip=False), resamples=5)
    assert few["impostors"] == 60 * 57
    assert list(few["missed_at"]) == ["1e-3"]
    assert min(rate for rate, _ in few["curve"]) >= 1 / few["impostors"]
