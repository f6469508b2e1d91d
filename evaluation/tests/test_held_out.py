"""Thresholds and classes of two halves of made-up people."""

from collections.abc import Callable

import numpy as np
import pytest

from attendance_evaluation.held_out import OTHER_HALF, SHIPPED, calibration_of, halves, held_out
from attendance_evaluation.population import Population
from attendance_evaluation.rosters import enrollable
from attendance_evaluation.tables import held_out_lines

MakePopulation = Callable[..., Population]


def test_nobody_is_in_both_halves_and_each_can_make_classes(population: MakePopulation) -> None:
    people = population(41, 4, unseen=2)
    parts = halves(people)
    names = [set(part.names) for part in parts]
    assert not names[0] & names[1]
    assert names[0] | names[1] == set(people.names)
    assert sorted(len(enrollable(part)) for part in parts) == [20, 21]
    assert sum(len(part.unseen) for part in parts) == 2
    for part in parts:
        for person, name in enumerate(part.names):
            original = people.persons == people.names.index(name)
            np.testing.assert_array_equal(part.plain[part.persons == person], people.plain[original])
            assert {path.parent.name for path in np.array(part.paths)[part.persons == person]} == {name}


def test_too_few_people_give_no_threshold_and_no_figures(population: MakePopulation) -> None:
    assert calibration_of(population(20, 4)) is None
    assert held_out(population(40, 4), resamples=5, draws=2) is None
    assert held_out(population(70, 4), resamples=5, draws=2) is None


@pytest.fixture(scope="module")
def figures(population: MakePopulation) -> dict:
    found = held_out(population(360, 4, spread=1.1), resamples=5, draws=2)
    assert found is not None
    return found


def test_thresholds_keep_their_promise_for_the_half_they_did_not_see(figures: dict) -> None:
    assert {(row["half"], row["way"]) for row in figures["pairs"]} == {
        (half, way) for half in (1, 2) for way in ("single", "best", "mean")
    }
    for row in figures["pairs"]:
        assert row["passed_at"]["1e-5"] <= 5e-5 * row["impostors"]
        assert row["passed_at"]["1e-3"] == pytest.approx(1e-3 * row["impostors"], rel=0.5)
        assert row["missed_at"]["1e-3"].rate <= row["missed_at"]["1e-5"].rate


def test_classes_are_judged_by_the_other_half_and_by_what_ships(figures: dict) -> None:
    cases = [(row["half"], row["roster"], row["vectors"], row["thresholds"]) for row in figures["classes"]]
    assert sorted(cases) == sorted(
        (half, size, vectors, name)
        for half in (1, 2)
        for size in (30, 60)
        for vectors in (1, 3)
        for name in (OTHER_HALF, SHIPPED)
    )
    told = "\n".join(held_out_lines(figures))
    assert "Two halves of 180 and 180 people." in told
    assert told.count(f"| {OTHER_HALF} |") == told.count(f"| {SHIPPED}      |") == 8
