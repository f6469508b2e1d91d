"""What self-checking rosters change: strangers named and students missed, with the check and without it, as counts.

Every face stands alone on its photo. No threshold is chosen here.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from attendance_contract.models import DEFAULT_CONFIDENT, DEFAULT_UNCERTAIN, FaceMatch, FaceStatus, Thresholds
from attendance_evaluation.population import Population
from attendance_evaluation.rosters import enrollable, shuffled_photos
from attendance_ml.faces import LOOKALIKE_MARGIN, Calibration, Gallery, match_faces

USUAL = Thresholds(confident=DEFAULT_CONFIDENT, uncertain=DEFAULT_UNCERTAIN, lookalike_margin=LOOKALIKE_MARGIN)
STRANGERS = 60
"""People from outside the roster who are shown to it, where there are so many."""

MARGINS = (0.0, LOOKALIKE_MARGIN, 0.2)

CROWDED = 1.15
"""Of so many times the students wanted, nearest to one person, a roster of people who resemble each other is made."""


@dataclass(frozen=True, slots=True)
class Roster:
    """Enrolled vectors by student, and faces (F, 128) with whose they are: a student's id, or nobody's."""

    enrolled: Mapping[str, NDArray[np.float32]]
    faces: NDArray[np.float32]
    owners: Sequence[str | None]


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of the faces of some rosters. `named` strangers count as present, `shown` ones wait for a human;
    `missed` students are neither, `to_review` wait, `mistaken` ones are taken for another student.
    """

    strangers: int = 0
    named: int = 0
    shown: int = 0
    own: int = 0
    missed: int = 0
    to_review: int = 0
    mistaken: int = 0


@dataclass(frozen=True, slots=True)
class Result:
    """Rosters of one kind: `tightened` had thresholds lowered, `held_back` would have needed more than their own
    students allow.
    """

    rosters: int
    tightened: int
    held_back: int
    without: Judged
    checked: Judged


def measure(rosters: Sequence[Roster], calibration: Calibration) -> Result:
    """All faces of all rosters, at the usual thresholds and at those that the roster's own check gives."""
    galleries = [Gallery(roster.enrolled, calibration) for roster in rosters]
    applied = [gallery.self_check.tighten(USUAL) for gallery in galleries]
    wanted = [gallery.self_check.impostors.tightening_wanted for gallery in galleries]
    without: Counter[str] = Counter()
    checked: Counter[str] = Counter()
    for roster, gallery, thresholds in zip(rosters, galleries, applied, strict=True):
        without += _judge(roster, gallery, USUAL, by_margin_only=True)
        checked += _judge(roster, gallery, thresholds, by_margin_only=False)
    return Result(
        rosters=len(rosters),
        tightened=sum(thresholds.tightened_by > 0 for thresholds in applied),
        held_back=sum(want > thresholds.tightened_by + 1e-9 for want, thresholds in zip(wanted, applied, strict=True)),
        without=Judged(**without),
        checked=Judged(**checked),
    )


def measure_margins(rosters: Iterable[Roster], calibration: Calibration) -> dict[str, Judged]:
    """As `measure` without the check, by look-alike margin: what each one costs and what it saves."""
    judged: dict[str, Counter[str]] = {str(margin): Counter() for margin in MARGINS}
    for roster in rosters:
        gallery = Gallery(roster.enrolled, calibration)
        for margin in MARGINS:
            asked = USUAL.model_copy(update={"lookalike_margin": margin})
            judged[str(margin)] += _judge(roster, gallery, asked, by_margin_only=True)
    return {margin: Judged(**counts) for margin, counts in judged.items()}


def office_rosters(population: Population, vectors: int) -> Iterator[Roster]:
    """Every way to leave two people out."""
    everybody = range(len(population.names))
    rng = np.random.default_rng(0)
    for strangers in combinations(everybody, 2):
        yield _roster(population, [person for person in everybody if person not in strangers], strangers, vectors, rng)


def mixed_rosters(population: Population, students: int, vectors: int, count: int) -> Iterator[Roster]:
    """People drawn as they come."""
    rng = np.random.default_rng(0)
    candidates = enrollable(population, vectors + 1)
    for _ in range(count):
        enrolled = rng.choice(candidates, students, replace=False)
        others = np.setdiff1d(np.arange(len(population.names)), enrolled)
        yield _roster(population, enrolled, rng.choice(others, STRANGERS, replace=False), vectors, rng)


def resembling_rosters(population: Population, students: int, vectors: int, count: int) -> Iterator[Roster]:
    """People who are nearest to one of them, and as strangers those who come next."""
    rng = np.random.default_rng(0)
    middles = np.stack([population.flipped[population.persons == each].mean(axis=0) for each in _people(population)])
    middles /= np.linalg.norm(middles, axis=1, keepdims=True)
    candidates = enrollable(population, vectors + 1)
    for seed in rng.choice(candidates, count):
        nearest = np.argsort(-(middles @ middles[seed]))
        enrolled = rng.choice(nearest[np.isin(nearest, candidates)][: int(students * CROWDED)], students, replace=False)
        yield _roster(population, enrolled, nearest[~np.isin(nearest, enrolled)][:STRANGERS], vectors, rng)


def brought_together(population: Population, common: float) -> Population:
    """The same people, but their vectors have a share in common, in the direction in which they differ least: cosines
    of different people rise by that share and a little less. It stands for a class far more alike than any at hand.
    """
    least = np.linalg.eigh(population.plain.T @ population.plain)[1][:, 0]

    def moved(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        across = vectors - np.outer(vectors @ least, least)
        across /= np.linalg.norm(across, axis=1, keepdims=True)
        return np.asarray(np.sqrt(1 - common) * across + np.sqrt(common) * least, np.float32)

    return replace(population, plain=moved(population.plain), flipped=moved(population.flipped))


def _people(population: Population) -> range:
    return range(len(population.names))


def _roster(
    population: Population,
    enrolled: Sequence[int] | NDArray[np.intp],
    strangers: Sequence[int] | NDArray[np.intp],
    vectors: int,
    rng: np.random.Generator,
) -> Roster:
    own = shuffled_photos(population, enrolled, rng)
    theirs = np.flatnonzero(np.isin(population.persons, strangers))
    faces = [photo for photos in own.values() for photo in photos[vectors:]]
    return Roster(
        enrolled={population.names[each]: population.flipped[photos[:vectors]] for each, photos in own.items()},
        faces=population.plain[[*faces, *theirs]],
        owners=[population.names[population.persons[photo]] for photo in faces] + [None] * len(theirs),
    )


def _judge(roster: Roster, gallery: Gallery, thresholds: Thresholds, *, by_margin_only: bool) -> Counter[str]:
    judged: Counter[str] = Counter()
    for face, owner in zip(roster.faces, roster.owners, strict=True):
        (match,) = match_faces(face[None], gallery, thresholds)
        status = status_by_margin(match, thresholds) if by_margin_only else match.status
        judged["strangers" if owner is None else "own"] += 1
        if status is FaceStatus.PRESENT:
            judged["named" if owner is None else "mistaken"] += match.student_id != owner
        elif status is FaceStatus.UNCERTAIN:
            judged["shown" if owner is None else "to_review"] += 1
        elif owner is not None:
            judged["missed"] += 1
    return judged


def status_by_margin(match: FaceMatch, thresholds: Thresholds) -> FaceStatus:
    """As if the roster knew no look-alikes."""
    if match.student_id is None or match.distance is None:
        return FaceStatus.UNKNOWN
    clear = match.margin is None or match.margin >= thresholds.lookalike_margin
    return FaceStatus.PRESENT if clear and match.distance < thresholds.confident else FaceStatus.UNCERTAIN
