"""Classes drawn from a population, and everybody else as strangers: what becomes of each face. Draws no intervals."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from attendance_contract.models import FaceStatus, Thresholds
from attendance_evaluation import old_engine
from attendance_evaluation.photos import TEMPLATE_PHOTOS
from attendance_evaluation.population import Metric, Population
from attendance_ml.faces import Calibration, Gallery, match_faces

DRAWS = 100
ENROLLED = TEMPLATE_PHOTOS - 1
"""Photos that are set aside to enrol, however many of them are used: so that one and three are tried on the same
faces."""


class Outcome(IntEnum):
    """What the teacher sees of a face; with `named`, of whom."""

    UNKNOWN = 0
    OFFERED = 1
    PRESENT = 2


@dataclass(frozen=True, slots=True)
class Decisions:
    """For each face (F,): the outcome, and its nearest student as a position in the roster with the distance."""

    outcomes: NDArray[np.intp]
    nearest: NDArray[np.intp]
    distances: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Faces:
    """Faces of all draws, (F,) each: `persons` shown, the `nearest` students, and what became of them. A face that was
    not found is unknown at an infinite distance, nearest to nobody but itself.
    """

    persons: NDArray[np.intp]
    nearest: NDArray[np.intp]
    outcomes: NDArray[np.intp]
    distances: NDArray[np.float64]


Decide = Callable[[NDArray[np.float32], Sequence[NDArray[np.float32]]], Decisions]
"""Faces (F, D) against a roster of each student's (k, D)."""


def decide_as_product(calibration: Calibration, thresholds: Thresholds) -> Decide:
    """The product's own gallery and matching, one face a photo: no second face takes a student away."""

    def decide(probes: NDArray[np.float32], roster: Sequence[NDArray[np.float32]]) -> Decisions:
        gallery = Gallery({str(position): own for position, own in enumerate(roster)}, calibration)
        distances = gallery.compare(probes).distances
        outcomes = np.full(len(probes), Outcome.UNKNOWN)
        # A face that is near nobody is never assigned: to ask for each of them would take a minute a roster.
        for face in np.flatnonzero(distances.min(axis=1) < thresholds.uncertain):
            (match,) = match_faces(probes[[face]], gallery, thresholds)
            outcomes[face] = _outcome(match.status)
        return Decisions(outcomes, distances.argmin(axis=1), distances.min(axis=1))

    return decide


def decide_as_old_engine(probes: NDArray[np.float32], roster: Sequence[NDArray[np.float32]]) -> Decisions:
    """The nearest of all vectors, by fixed distances, as the old service had it."""
    distances = np.stack([-Metric.EUCLIDEAN.compare(probes, own).max(axis=1) for own in roster], axis=1)
    least = distances.min(axis=1)
    outcomes = (least < old_engine.UNCERTAIN).astype(np.intp) + (least < old_engine.CONFIDENT)
    return Decisions(outcomes, distances.argmin(axis=1), least.astype(float))


def enrollable(population: Population, photos: int = TEMPLATE_PHOTOS) -> NDArray[np.intp]:
    """People with so many photos: usually enough to enrol from and to be looked for in another."""
    return np.flatnonzero(np.bincount(population.persons, minlength=len(population.names)) >= photos)


def shuffled_photos(
    population: Population, people: Iterable[int], rng: np.random.Generator
) -> dict[int, NDArray[np.intp]]:
    """The photos of each of `people`, in a random order: the first to enrol, later ones to be looked for."""
    return {int(person): rng.permutation(np.flatnonzero(population.persons == person)) for person in people}


def draw_rosters(
    population: Population, decide: Decide, *, size: int, vectors: int, probe_flip: bool, draws: int = DRAWS
) -> tuple[Faces, Faces]:
    """The faces of students and of strangers, over all draws. The same draws whatever else is asked for."""
    rng = np.random.default_rng(0)
    candidates = enrollable(population)
    students, strangers = [], []
    for _ in range(draws):
        roster = rng.choice(candidates, size, replace=False)
        inside, outside = _one_class(population, rng, roster, vectors=vectors, probe_flip=probe_flip, decide=decide)
        students.append(inside)
        strangers.append(outside)
    return _joined(students), _joined(strangers)


def _one_class(
    population: Population,
    rng: np.random.Generator,
    roster: NDArray[np.intp],
    *,
    vectors: int,
    probe_flip: bool,
    decide: Decide,
) -> tuple[Faces, Faces]:
    shuffled = list(shuffled_photos(population, roster, rng).values())
    vectors_of = [population.flipped[own[:vectors]] for own in shuffled]
    probes = population.flipped if probe_flip else population.plain
    kept = np.concatenate([own[ENROLLED:] for own in shuffled])
    others = np.flatnonzero(~np.isin(population.persons, roster))
    decided = decide(probes[np.concatenate([kept, others])], vectors_of)
    persons = population.persons[np.concatenate([kept, others])]
    faces = Faces(persons, roster[decided.nearest], decided.outcomes, decided.distances)
    inside = np.isin(population.unseen, roster)
    return (
        _joined([_part(faces, slice(len(kept))), _unseen(population.unseen[inside])]),
        _joined([_part(faces, slice(len(kept), None)), _unseen(population.unseen[~inside])]),
    )


def _part(faces: Faces, chosen: slice) -> Faces:
    return Faces(faces.persons[chosen], faces.nearest[chosen], faces.outcomes[chosen], faces.distances[chosen])


def _unseen(persons: NDArray[np.intp]) -> Faces:
    return Faces(persons, persons, np.full(len(persons), Outcome.UNKNOWN), np.full(len(persons), np.inf))


def _joined(parts: Sequence[Faces]) -> Faces:
    return Faces(
        persons=np.concatenate([part.persons for part in parts]),
        nearest=np.concatenate([part.nearest for part in parts]),
        outcomes=np.concatenate([part.outcomes for part in parts]),
        distances=np.concatenate([part.distances for part in parts]),
    )


def _outcome(status: FaceStatus) -> Outcome:
    return {FaceStatus.PRESENT: Outcome.PRESENT, FaceStatus.UNCERTAIN: Outcome.OFFERED}.get(status, Outcome.UNKNOWN)
