"""Who is on the photo: one face per student, one student per face, strangers unknown, look-alikes for a human."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from attendance_contract.models import FaceMatch, FaceStatus, Thresholds
from attendance_ml.faces import (
    LOOKALIKE_MARGIN,
    Calibration,
    Gallery,
    InvalidEmbedding,
    Way,
    load_calibration,
    match_faces,
)
from attendance_ml.faces.match import assign

THRESHOLDS = Thresholds(confident=0.5, uncertain=0.6, lookalike_margin=LOOKALIKE_MARGIN)


@pytest.fixture(scope="module")
def calibration() -> Calibration:
    return load_calibration("sface@2021dec", probe_flip=False)


def axis(number: int) -> np.ndarray:
    """A student's vector at right angles to those of all other numbers."""
    vector = np.zeros(128, np.float32)
    vector[number] = 1
    return vector


def probe_at(distances: dict[int, float], calibration: Calibration) -> np.ndarray:
    """A face at these distances from the single-photo students of these numbers."""
    vector = np.zeros(128, np.float32)
    for number, distance in distances.items():
        vector[number] = calibration.curves[Way.SINGLE].cosine(distance)
    vector[127] = np.sqrt(1 - (vector**2).sum())
    return vector


def roster(count: int, calibration: Calibration) -> Gallery:
    return Gallery({f"s{number}": [axis(number)] for number in range(count)}, calibration)


def outcome(match: FaceMatch) -> tuple[str | None, FaceStatus]:
    return match.student_id, match.status


@pytest.mark.parametrize(
    ("distance", "expected"),
    [
        (0.2, ("s1", FaceStatus.PRESENT)),
        (0.49, ("s1", FaceStatus.PRESENT)),
        (0.51, ("s1", FaceStatus.UNCERTAIN)),
        (0.59, ("s1", FaceStatus.UNCERTAIN)),
        (0.61, (None, FaceStatus.UNKNOWN)),
    ],
)
def test_thresholds_part_present_uncertain_and_unknown(
    distance: float, expected: tuple[str | None, FaceStatus], calibration: Calibration
) -> None:
    (match,) = match_faces([probe_at({1: distance}, calibration)], roster(3, calibration), THRESHOLDS)
    assert outcome(match) == expected
    assert match.distance == pytest.approx(distance, abs=1e-4)
    assert match.similarity == pytest.approx(calibration.curves[Way.SINGLE].cosine(distance), abs=1e-4)


def test_the_callers_thresholds_count(calibration: Calibration) -> None:
    strict = Thresholds(confident=0.3, uncertain=0.4, lookalike_margin=0)
    probes = [probe_at({1: distance}, calibration) for distance in (0.29, 0.39, 0.41)]
    statuses = [match_faces([probe], roster(3, calibration), strict)[0].status for probe in probes]
    assert statuses == [FaceStatus.PRESENT, FaceStatus.UNCERTAIN, FaceStatus.UNKNOWN]


def test_a_student_is_one_face_only(calibration: Calibration) -> None:
    probes = [probe_at({0: 0.45}, calibration), probe_at({0: 0.3}, calibration)]
    weaker, stronger = match_faces(probes, roster(2, calibration), THRESHOLDS)
    assert outcome(stronger) == ("s0", FaceStatus.PRESENT)
    assert outcome(weaker) == (None, FaceStatus.UNKNOWN)
    assert weaker.distance == pytest.approx(0.45, abs=1e-4)


def test_two_faces_are_settled_together_not_one_by_one(calibration: Calibration) -> None:
    first = probe_at({0: 0.40, 1: 0.42}, calibration)
    second = probe_at({0: 0.41, 1: 0.58}, calibration)
    one, other = match_faces([first, second], roster(2, calibration), THRESHOLDS)
    assert (one.student_id, other.student_id) == ("s1", "s0")
    assert one.margin == pytest.approx(0.40 - 0.42, abs=1e-3)
    assert one.status is FaceStatus.UNCERTAIN


def test_a_lookalike_leaves_a_confident_face_to_a_human(calibration: Calibration) -> None:
    alike, clear = (probe_at({0: 0.35, 1: second}, calibration) for second in (0.42, 0.50))
    (uncertain,), (present,) = (match_faces([probe], roster(3, calibration), THRESHOLDS) for probe in (alike, clear))
    assert outcome(uncertain) == ("s0", FaceStatus.UNCERTAIN)
    assert uncertain.margin == pytest.approx(0.07, abs=1e-3)
    assert outcome(present) == ("s0", FaceStatus.PRESENT)
    assert present.margin == pytest.approx(0.15, abs=1e-3)


def test_a_roster_of_one_has_no_margin(calibration: Calibration) -> None:
    (match,) = match_faces([probe_at({0: 0.3}, calibration)], roster(1, calibration), THRESHOLDS)
    assert outcome(match) == ("s0", FaceStatus.PRESENT)
    assert match.margin is None


def test_an_empty_roster_knows_nobody(calibration: Calibration) -> None:
    matches = match_faces(np.stack([axis(1), axis(2)]), roster(0, calibration), THRESHOLDS)
    assert [(m.face_index, m.student_id, m.distance, m.status) for m in matches] == [
        (0, None, None, FaceStatus.UNKNOWN),
        (1, None, None, FaceStatus.UNKNOWN),
    ]


def test_no_faces_no_matches(calibration: Calibration) -> None:
    assert match_faces(np.empty((0, 128)), roster(3, calibration), THRESHOLDS) == []


def test_vectors_of_another_length_are_refused(calibration: Calibration) -> None:
    with pytest.raises(InvalidEmbedding):
        match_faces([[1.0, 2.0]], roster(3, calibration), THRESHOLDS)


def test_a_whole_campus_gives_the_same_answer_as_the_class(calibration: Calibration) -> None:
    rng = np.random.default_rng(3)
    strangers = {f"x{i}": rng.normal(size=(1, 128)) for i in range(5000)}
    students = {f"s{i}": rng.normal(size=(3, 128)) for i in range(10)}
    probes = np.stack([vectors.mean(axis=0) for vectors in students.values()])
    matches = match_faces(probes, Gallery(strangers | students, calibration), THRESHOLDS)
    assert [match.student_id for match in matches] == list(students)
    assert {match.status for match in matches} == {FaceStatus.PRESENT}


def test_a_campus_of_lookalikes_takes_memory_in_proportion() -> None:
    distances = np.linspace(0.1, 0.5, 10_000)[None]
    tracemalloc.start()
    chosen = assign(distances, 0.6)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert chosen.tolist() == [0]
    assert peak < 10 * distances.nbytes


@settings(max_examples=60, deadline=None)
@given(arrays(np.float64, st.tuples(st.integers(1, 4), st.integers(1, 4)), elements=st.floats(0, 1, width=16)))
def test_no_other_assignment_saves_more(distances: np.ndarray) -> None:
    limit = 0.6
    chosen = assign(distances, limit)
    taken = chosen[chosen >= 0]
    assert len(set(taken)) == len(taken)
    assert all(distances[row, column] < limit for row, column in enumerate(chosen) if column >= 0)
    assert saved(distances, chosen, limit) == pytest.approx(best_saving(distances, limit), abs=1e-9)


def saved(distances: np.ndarray, chosen: np.ndarray, limit: float) -> float:
    return float(sum(limit - distances[row, column] for row, column in enumerate(chosen) if column >= 0))


def best_saving(distances: np.ndarray, limit: float, free: frozenset[int] | None = None, row: int = 0) -> float:
    """By trying everything."""
    if row == len(distances):
        return 0.0
    columns = frozenset(range(distances.shape[1])) if free is None else free
    unknown = best_saving(distances, limit, columns, row + 1)
    named = [
        limit - distances[row, column] + best_saving(distances, limit, columns - {column}, row + 1)
        for column in columns
        if distances[row, column] < limit
    ]
    return max([unknown, *named])
