"""Error rates of scores that are known: what is counted, what is averaged, and over whom the intervals are."""

import numpy as np
import pytest

from attendance_evaluation.passive import Scores, means, rates, share


def scores(live: list[float], spoof: list[float]) -> Scores:
    """Half of the frames of each kind are of one person, the rest of another."""
    persons = [("a" if index < len(kind) / 2 else "b") for kind in (live, spoof) for index in range(len(kind))]
    kinds = np.array([True] * len(live) + [False] * len(spoof))
    return Scores(np.array([*live, *spoof]), kinds, np.array(persons), 0)


def test_scores_that_do_not_overlap_have_no_error() -> None:
    found = rates(scores([0.9, 0.8, 0.7, 0.6], [0.1, 0.2, 0.3, 0.4]))
    assert (found.auc, found.eer) == (1.0, 0.0)
    assert (found.attacks_passed.count, found.live_refused.count) == (0, 0)


def test_scores_that_overlap_are_counted_on_both_sides() -> None:
    found = rates(scores([0.9, 0.8, 0.7, 0.3], [0.1, 0.2, 0.35, 0.6]))
    assert found.auc == pytest.approx(14 / 16)
    assert found.eer == pytest.approx(0.25)
    assert (found.attacks_passed.count, found.attacks_passed.of) == (1, 4)
    assert (found.live_refused.count, found.live_refused.of) == (1, 4)


def test_means_are_of_one_person_and_one_kind() -> None:
    averaged = means(scores([1.0] * 5 + [0.0] * 5, [0.5] * 10))
    assert sorted(averaged.score[averaged.live].tolist()) == [0.0, 1.0]
    assert averaged.score[~averaged.live].tolist() == [0.5, 0.5]
    assert averaged.person.tolist() == ["a", "a", "b", "b"]


def test_an_interval_is_over_people_since_frames_of_one_are_alike() -> None:
    one_of_two = share([True] * 50 + [False] * 50, ["a"] * 50 + ["b"] * 50)
    assert (one_of_two.count, one_of_two.of, one_of_two.low, one_of_two.high) == (50, 100, 0.0, 1.0)
    assert str(one_of_two) == "50 of 100 (50.0% [0.0%, 100.0%])"
