"""Pairs that a benchmark lists."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from attendance_evaluation.listed import best_threshold, listed_accuracy, right_by_folds
from attendance_evaluation.photos import ListedPair
from attendance_evaluation.population import Population

MakePopulation = Callable[..., Population]


def test_the_best_threshold_lies_between_the_two_kinds() -> None:
    assert best_threshold(np.array([0.1, 0.2, 0.6, 0.8]), np.array([False, False, True, True])) == pytest.approx(0.4)


def test_pairs_that_a_threshold_parts_are_all_right() -> None:
    same = np.arange(100) < 50
    assert right_by_folds(np.where(same, 0.9, 0.1), same).all()


def test_answers_without_any_evidence_are_half_right() -> None:
    rng = np.random.default_rng(0)
    right = right_by_folds(rng.normal(size=2000), rng.random(2000) < 0.5)
    assert right.mean() == pytest.approx(0.5, abs=0.04)


def test_a_photo_without_a_face_is_taken_for_somebody_else(population: MakePopulation) -> None:
    people = population(20, 3, spread=0.2, unseen=1)
    own = [people.paths[3 * person : 3 * person + 2] for person in range(20)]
    same = [ListedPair(one, other, same=True) for one, other in own]
    different = [ListedPair(own[person][0], own[person - 1][1], same=False) for person in range(20)]
    lost = ListedPair(own[0][0], Path("p0/unseen.jpg"), same=True)
    complete = listed_accuracy([*same, *different], people, flip=False, resamples=20)
    short = listed_accuracy([*same[1:], *different, lost], people, flip=True, resamples=20)
    assert complete is not None
    assert short is not None
    assert complete.rate == 1
    assert short.rate == pytest.approx(39 / 40)


def test_too_few_pairs_and_strange_people_give_no_figure(population: MakePopulation) -> None:
    people = population(5, 2)
    pair = ListedPair(people.paths[0], people.paths[1], same=True)
    strange = ListedPair(Path("nobody/1.jpg"), Path("nobody/2.jpg"), same=True)
    assert listed_accuracy([pair], people, flip=False) is None
    assert listed_accuracy([pair] * 20 + [strange], people, flip=False) is None
