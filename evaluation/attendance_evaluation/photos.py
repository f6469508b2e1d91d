"""The labelled photos that are at hand: whose each is, and which pairs a benchmark lists. Opens none of them."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np

CACHE = Path(".cache/evaluation")
"""Below the folder the command runs in; ignored by git in this repository."""

SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".heic"}

TEMPLATE_PHOTOS = 4
"""Three to enrol and one to probe with: fewer tell nothing about the mean of three."""

WITH_TEMPLATES = 0.7
"""Share of a sample that is of people with so many photos, if there are as many: a roster of 60 needs 240 photos."""


@dataclass(frozen=True, slots=True)
class LabelledPhoto:
    """A photo of one person; bystanders may be on it, but not in the middle."""

    path: Path
    person: str


@dataclass(frozen=True, slots=True)
class ListedPair:
    """A comparison that the benchmark lists."""

    one: Path
    other: Path
    same: bool


def labelled_photos(data: Path) -> list[LabelledPhoto]:
    """All photos of a labelled folder, by person: `images/NAME/`, `NAME/`, or live webcam frames in `labels.csv`.

    Raises:
        FileNotFoundError: fewer than two people have photos there.
    """
    if (data / "labels.csv").exists():
        return webcam_photos(data)
    root = data / "images" if (data / "images").is_dir() else data
    photos = [
        LabelledPhoto(path, path.parent.name)
        for path in sorted(root.glob("*/*"))
        if path.suffix.lower() in SUFFIXES and not path.name.startswith(".")
    ]
    if len({photo.person for photo in photos}) < 2:  # noqa: PLR2004  to compare takes two
        raise FileNotFoundError(f"{data} holds no photos of two people: one folder a person, photos in it.")
    return photos


def lfw_photos(data: Path) -> list[LabelledPhoto]:
    """All photos of `lfw-view1`, by person."""
    return labelled_photos(data)


def webcam_photos(data: Path) -> list[LabelledPhoto]:
    """The live people of `spoof-nuaa-train`."""
    with (data / "labels.csv").open(newline="") as file:
        live = [row for row in csv.DictReader(file) if row["label"] == "live"]
    return [LabelledPhoto(data / row["image"], row["subject"]) for row in live]


def listed_pairs(data: Path) -> list[ListedPair]:
    """The pairs of `pairs.csv`; none where a folder has no such list."""
    if not (data / "pairs.csv").exists():
        return []
    with (data / "pairs.csv").open(newline="") as file:
        return [
            ListedPair(data / row["image_a"], data / row["image_b"], row["same_person"] == "1")
            for row in csv.DictReader(file)
        ]


def sample(photos: Sequence[LabelledPhoto], count: int) -> list[LabelledPhoto]:
    """At most so many, whole people in a random order that is always the same, most with photos enough to enrol."""
    by_person: dict[str, list[LabelledPhoto]] = {}
    for photo in photos:
        by_person.setdefault(photo.person, []).append(photo)
    people = [by_person[name] for name in np.random.default_rng(0).permutation(sorted(by_person))]
    enrolled = _whole([own for own in people if len(own) >= TEMPLATE_PHOTOS], round(WITH_TEMPLATES * count))
    taken = sum(map(len, enrolled))
    others = _whole([own for own in people if own not in enrolled], count - taken)
    chosen = {photo.path for photo in chain(*enrolled, *others)}
    return [photo for photo in photos if photo.path in chosen]


def _whole(people: Sequence[list[LabelledPhoto]], count: int) -> list[list[LabelledPhoto]]:
    """The first people, and later ones that still fit, with no more than `count` photos together."""
    chosen: list[list[LabelledPhoto]] = []
    for own in people:
        if len(own) <= count:
            chosen.append(own)
            count -= len(own)
    return chosen
