"""The group photos: is every annotated nose in a found face, and is each person found in their own photos only?"""

import csv
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from attendance_contract.models import DEFAULT_CONFIDENT, DEFAULT_UNCERTAIN, FaceStatus, Thresholds
from attendance_ml.faces import (
    LOOKALIKE_MARGIN,
    Calibration,
    DetectedFace,
    FaceEngine,
    Gallery,
    decode_image,
    match_faces,
)

THRESHOLDS = Thresholds(confident=DEFAULT_CONFIDENT, uncertain=DEFAULT_UNCERTAIN, lookalike_margin=LOOKALIKE_MARGIN)

SMALLEST = 12
"""Pixels of face width, enrolled photos included: B and C are 52 px wide on theirs, less than enrolment asks for."""


@dataclass(frozen=True, slots=True)
class GroupPhoto:
    """One photo, what is known of it and what was found on it. `person` is empty on photos of several people."""

    name: str
    person: str
    noses: list[tuple[int, int]]
    faces: list[DetectedFace]
    probes: NDArray[np.float32]
    template: NDArray[np.float32] | None

    def missed_noses(self) -> int:
        """Noses that lie in no found face."""
        return sum(not any(_inside(nose, face) for face in self.faces) for nose in self.noses)


@dataclass(frozen=True, slots=True)
class Enrolment:
    """One person enrolled from one photo, against all others: what became of them, and the nearest distance."""

    person: str
    enrolled_from: str
    own: dict[str, tuple[FaceStatus, float]]
    others: dict[str, tuple[FaceStatus, float]]

    def missed(self) -> list[str]:
        """Own photos in which the person was not found."""
        return [name for name, (status, _) in self.own.items() if status is FaceStatus.UNKNOWN]

    def mistaken(self) -> list[str]:
        """Other people's photos in which the person was named."""
        return [name for name, (status, _) in self.others.items() if status is not FaceStatus.UNKNOWN]


def read_photos(data: Path, engine: FaceEngine, *, probe_flip: bool) -> list[GroupPhoto]:
    """All photos named in `noses.csv`, faces found and embedded; those of one person also as for enrolment."""
    with (data / "noses.csv").open(newline="") as file:
        rows = sorted(csv.DictReader(file), key=itemgetter("image"))
    photos = []
    for name, group in groupby(rows, key=itemgetter("image")):
        marks = list(group)
        photo = decode_image((data / name).read_bytes())
        faces = engine.detect(photo, min_face_size=SMALLEST, min_face_area_ratio=0)
        person = marks[0]["person"]
        template = None
        if person:
            single = engine.detect_single(photo, validate_single=True, min_face_size=SMALLEST, min_face_area_ratio=0)
            template = engine.embed(photo, [single], flip=True)
        noses = [(int(mark["nose_x"]), int(mark["nose_y"])) for mark in marks if mark["nose_x"]]
        probes = engine.embed(photo, faces, flip=probe_flip)
        photos.append(GroupPhoto(name, person, noses, faces, probes, template))
    return photos


def enrol_each(photos: list[GroupPhoto], calibration: Calibration) -> list[Enrolment]:
    """Each photo of one person as the only one enrolled, against every other photo."""
    enrolments = []
    for source in photos:
        if source.template is None:
            continue
        gallery = Gallery({source.person: source.template}, calibration)
        seen = {photo.name: _best(photo, gallery) for photo in photos if photo is not source}
        same = {photo.name for photo in photos if photo.person == source.person}
        own = {name: found for name, found in seen.items() if name in same}
        others = {name: found for name, found in seen.items() if name not in same}
        enrolments.append(Enrolment(source.person, source.name, own, others))
    return enrolments


def _best(photo: GroupPhoto, gallery: Gallery) -> tuple[FaceStatus, float]:
    """What became of the one enrolled person on this photo, and how far its nearest face is."""
    statuses = {match.status for match in match_faces(photo.probes, gallery, THRESHOLDS)} - {FaceStatus.UNKNOWN}
    distance = float(gallery.compare(photo.probes).distances.min(initial=1.0))
    return (statuses.pop() if statuses else FaceStatus.UNKNOWN), distance


def _inside(point: tuple[int, int], face: DetectedFace) -> bool:
    left, top, right, bottom = face.box
    return left <= point[0] < right and top <= point[1] < bottom
