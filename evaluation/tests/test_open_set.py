"""Classes and strangers, drawn from made-up people."""

from collections.abc import Callable

import numpy as np
import pytest

from attendance_evaluation.open_set import open_set
from attendance_evaluation.population import Metric, Population
from attendance_evaluation.rosters import Outcome, decide_as_old_engine, draw_rosters, enrollable

FEW = 3

MakePopulation = Callable[..., Population]


def euclidean(people: Population) -> Population:
    """The same people, as if another engine had made their vectors."""
    return Population(
        **{name: getattr(people, name) for name in Population.__dataclass_fields__ if name != "metric"},
        metric=Metric.EUCLIDEAN,
    )


def test_people_who_are_easily_told_apart_are_all_present_and_no_stranger_is(population: MakePopulation) -> None:
    rows = open_set(population(70, 5, spread=0.2), resamples=10, draws=FEW)
    assert {(row["roster"], row["vectors"]) for row in rows} == {(30, 1), (30, 3), (60, 1), (60, 3)}
    for row in rows:
        assert row["students"]["faces"] == FEW * row["roster"] * 2
        assert row["strangers"]["faces"] == FEW * (70 - row["roster"]) * 5
        assert row["students"]["present"]["rate"].rate == 1
        assert row["strangers"]["present"]["count"] == 0
        assert all(rate.rate == 1 for rate in row["identified_at"].values())


def test_every_face_of_a_student_ends_in_one_way(population: MakePopulation) -> None:
    ends = ("present", "sent_to_review", "unknown", "wrongly_present", "wrongly_offered")
    for row in open_set(population(64, 4, spread=1.4), resamples=5, draws=FEW):
        students = row["students"]
        assert sum(students[end]["count"] for end in ends) == students["faces"]
        assert students["missed"]["count"] >= students["unknown"]["count"] > 0


def test_three_photos_find_more_students_than_one_at_as_many_strangers(population: MakePopulation) -> None:
    rows = [row for row in open_set(population(64, 5, spread=1.5), resamples=5, draws=FEW) if not row["probe_flip"]]
    one, three = (next(row for row in rows if (row["roster"], row["vectors"]) == (60, count)) for count in (1, 3))
    assert three["identified_at"]["1 %"].rate > one["identified_at"]["1 %"].rate


def test_a_face_that_was_not_found_is_a_student_missed_and_no_stranger_named(population: MakePopulation) -> None:
    people = population(8, 4, spread=0.1, unseen=3)
    students, strangers = draw_rosters(people, decide_as_old_engine, size=4, vectors=1, probe_flip=False, draws=FEW)
    for faces, others in ((students, 4), (strangers, 16)):
        unseen = np.isinf(faces.distances)
        assert set(faces.outcomes[unseen]) == {Outcome.UNKNOWN}
        assert set(faces.persons[unseen]) == {0}
        assert (~unseen).sum() == FEW * others
    assert np.isinf(students.distances).sum() + np.isinf(strangers.distances).sum() == 3 * FEW


def test_a_small_school_gets_the_class_that_it_has_people_for(population: MakePopulation) -> None:
    assert {row["roster"] for row in open_set(population(9, 4), resamples=5, draws=FEW)} == {4}
    assert open_set(population(9, 3), resamples=5, draws=FEW) == []
    assert enrollable(population(9, 3)).tolist() == []


def test_the_old_engine_takes_the_nearest_by_its_own_fixed_distances(population: MakePopulation) -> None:
    ray = np.eye(128, dtype=np.float32)[:1]
    decided = decide_as_old_engine(ray * [[1.0], [0.55], [0.0]], [ray * 1.45, ray * 9, ray * -9])
    assert decided.outcomes.tolist() == [Outcome.PRESENT, Outcome.UNKNOWN, Outcome.UNKNOWN]
    assert decided.nearest.tolist() == [0, 0, 0]
    assert decided.distances == pytest.approx([0.45, 0.9, 1.45])
    rows = open_set(euclidean(population(40, 4)), resamples=5, draws=FEW)
    assert {row["roster"] for row in rows} == {30}
    assert all("lookalike_margin" not in row for row in rows)
