"""Rosters drawn from a population, and what becomes of every face with and without their check of themselves."""

from collections.abc import Callable, Iterator

import numpy as np
import pytest

from attendance_evaluation.commands.rosters import _holds
from attendance_evaluation.population import Population
from attendance_evaluation.selfchecks import (
    STRANGERS,
    Judged,
    Result,
    Roster,
    brought_together,
    measure,
    measure_margins,
    mixed_rosters,
    office_rosters,
    resembling_rosters,
)
from attendance_ml.faces import load_calibration

SHIPPED = load_calibration("sface@2021dec", probe_flip=False)
PHOTOS = 5


def a_population(people: int, own: float = 0.8, seed: int = 0) -> Population:
    """People in random directions; photos of one meet at about the cosine `own`."""
    rng = np.random.default_rng(seed)

    def unit(rows: np.ndarray) -> np.ndarray:
        return np.asarray(rows / np.linalg.norm(rows, axis=-1, keepdims=True), np.float32)

    middles = unit(rng.normal(size=(people, 1, 128)))
    photos = np.sqrt(own) * middles + np.sqrt(1 - own) * unit(rng.normal(size=(people, PHOTOS, 128)))
    vectors = unit(photos).reshape(-1, 128)
    return Population(
        name="drawn",
        paths=[],
        names=[f"p{index}" for index in range(people)],
        persons=np.repeat(np.arange(people), PHOTOS),
        plain=vectors,
        flipped=vectors,
        widths=np.full(people * PHOTOS, 100.0),
        qualities=np.ones(people * PHOTOS),
        unseen=np.empty(0, int),
    )


def test_every_two_people_of_an_office_are_strangers_once() -> None:
    rosters = list(office_rosters(a_population(6), vectors=3))
    absent = {frozenset(f"p{index}" for index in range(6)) - set(roster.enrolled) for roster in rosters}
    assert len(absent) == len(rosters) == 15
    for roster in rosters:
        assert roster.owners.count(None) == 2 * PHOTOS
        assert {len(own) for own in roster.enrolled.values()} == {3}
        assert sorted(set(roster.owners) - {None}, key=str) == sorted(roster.enrolled)
        assert len(roster.faces) == 2 * PHOTOS + 4 * 2, "no enrolled photo is a face to find"


@pytest.mark.parametrize("draw", [mixed_rosters, resembling_rosters])
def test_strangers_are_never_enrolled(draw: Callable[..., Iterator[Roster]]) -> None:
    population = a_population(100)
    for roster in draw(population, students=20, vectors=1, count=3):
        strangers = [face for face, owner in zip(roster.faces, roster.owners, strict=True) if owner is None]
        own = [population.names.index(name) for name in roster.enrolled]
        assert len(roster.enrolled) == 20
        assert len(strangers) == STRANGERS * PHOTOS
        assert not np.isin(np.stack(strangers), population.plain[np.isin(population.persons, own)]).all(axis=1).any()


def test_people_far_apart_are_all_present_and_strangers_all_unknown() -> None:
    result = measure(list(mixed_rosters(a_population(100), 20, 3, 2)), SHIPPED)
    assert (result.rosters, result.tightened, result.held_back) == (2, 0, 0)
    assert result.without == result.checked == Judged(strangers=2 * STRANGERS * PHOTOS, own=2 * 20 * 2)


def test_a_wider_margin_leaves_more_to_a_human_and_names_fewer_strangers() -> None:
    alike = brought_together(a_population(100), 0.4)
    none, usual, wide = measure_margins(mixed_rosters(alike, 30, 3, 1), SHIPPED).values()
    assert none.to_review <= usual.to_review <= wide.to_review
    assert none.named >= usual.named >= wide.named
    assert wide.named + wide.shown == none.named + none.shown
    assert wide.named < none.named


def test_people_brought_together_resemble_strangers_and_their_rosters_name_fewer() -> None:
    population = a_population(100)
    alike = brought_together(population, 0.35)
    cosines = alike.plain @ alike.plain.T
    assert cosines[population.persons[:, None] != population.persons].mean() == pytest.approx(0.35, abs=0.02)
    np.testing.assert_allclose(np.linalg.norm(alike.plain, axis=1), 1, atol=1e-5)

    result = measure(list(mixed_rosters(alike, 30, 3, 2)), SHIPPED)

    assert result.tightened == 2
    assert result.checked.named <= result.without.named
    assert result.checked.shown < result.without.shown / 4
    assert result.checked.missed == 0


def test_false_alarms_and_more_strangers_named_fall_short() -> None:
    fine = Result(rosters=100, tightened=2, held_back=0, without=Judged(named=3), checked=Judged(named=3))
    alarmed = Result(rosters=100, tightened=3, held_back=0, without=Judged(), checked=Judged())
    worse = Result(rosters=100, tightened=0, held_back=0, without=Judged(named=3), checked=Judged(named=4))
    assert _holds({"mixed, 30": fine, "nearest": alarmed}, {})
    assert not _holds({"mixed, 30": alarmed}, {})
    assert not _holds({"nearest": worse}, {})
