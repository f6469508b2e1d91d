"""One person enrolled as two students: what becomes of their faces, and of everybody else's. Chooses no threshold."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from attendance_contract.models import FaceMatch, FaceStatus
from attendance_evaluation.population import Population
from attendance_evaluation.rosters import enrollable, shuffled_photos
from attendance_evaluation.selfchecks import USUAL, Roster, status_by_margin
from attendance_ml.faces import Calibration, Gallery, match_faces

TWIN = "the same person again"


@dataclass(frozen=True, slots=True)
class Twins:
    """Of so many rosters with a planted pair, `noticed` ones name it as look-alikes and `changed` ones have other
    thresholds than without it. Faces of the pair are `present` under one of the names or go `to_review`;
    `by_margin_alone` would be present if the roster didn't notice. Of the `others`' faces so many are present, and
    `others_present_without` the pair.
    """

    rosters: int = 0
    noticed: int = 0
    changed: int = 0
    faces: int = 0
    present: int = 0
    by_margin_alone: int = 0
    to_review: int = 0
    others: int = 0
    others_present: int = 0
    others_present_without: int = 0


def plant_twins(population: Population, students: int, photos_each: int, calibration: Calibration) -> Twins:
    """Everybody with photos enough, enrolled as two with so many photos each, in a roster of so many students."""
    total: Counter[str] = Counter()
    for person, roster in _planted(population, students, photos_each):
        total.update(_one(person, roster, calibration))
    return Twins(**total)


def _one(person: str, roster: Roster, calibration: Calibration) -> Mapping[str, int]:
    planted = Gallery(roster.enrolled, calibration)
    alone = Gallery({name: own for name, own in roster.enrolled.items() if name != TWIN}, calibration)
    applied, before = planted.self_check.tighten(USUAL), alone.self_check.tighten(USUAL)
    noticed = TWIN in planted.self_check.rivals.get(person, {})
    counts = Counter(rosters=1, noticed=int(noticed), changed=int(applied != before))
    for face, owner in zip(roster.faces, roster.owners, strict=True):
        found, without = match_faces(face[None], planted, applied)[0], match_faces(face[None], alone, before)[0]
        if owner == person:
            margin_only = status_by_margin(found, applied) is FaceStatus.PRESENT
            counts.update(faces=1, present=_present(found), by_margin_alone=int(margin_only))
            counts.update(to_review=int(found.status is FaceStatus.UNCERTAIN))
        else:
            counts.update(others=1, others_present=_present(found), others_present_without=_present(without))
    return counts


def _present(match: FaceMatch) -> int:
    return int(match.status is FaceStatus.PRESENT)


def _planted(population: Population, students: int, photos_each: int) -> Iterator[tuple[str, Roster]]:
    """A person's name, and a roster in which they stand twice among others."""
    rng = np.random.default_rng(0)
    for person in map(int, enrollable(population, 2 * photos_each + 1)):
        others = np.setdiff1d(enrollable(population, photos_each + 1), person)
        chosen = [person, *rng.choice(others, min(students - 2, len(others)), replace=False)]
        own = shuffled_photos(population, chosen, rng)
        enrolled = {population.names[each]: population.flipped[photos[:photos_each]] for each, photos in own.items()}
        enrolled[TWIN] = population.flipped[own[person][photos_each : 2 * photos_each]]
        seen = [photo for each, photos in own.items() for photo in photos[photos_each * (1 + (each == person)) :]]
        owners = [population.names[population.persons[photo]] for photo in seen]
        yield population.names[person], Roster(enrolled, population.plain[seen], owners)
