"""Who is in the demo's class and what is on its photo, as files say. It looks into no picture."""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

MAX_PHOTOS = 5
"""A student is recognised by one to five photos."""
_ENDINGS = frozenset({".jpg", ".jpeg", ".png", ".webp", ".heic", ".heif"})


class NoClassError(Exception):
    """The folder or photo given holds no class."""


@dataclass(frozen=True, slots=True)
class Person:
    """Someone to enrol, and their photos."""

    name: str
    photos: Sequence[Path]


@dataclass(frozen=True, slots=True)
class KnownFace:
    """What a composed photo is known to show: whose face, cut out of which picture, where (in pixels)."""

    picture: str
    person: str | None
    left: int
    top: int
    right: int
    bottom: int

    def is_at(self, location: dict[str, int]) -> bool:
        """Whether the middle of this face lies in the location the service gave."""
        across, down = (self.left + self.right) / 2, (self.top + self.bottom) / 2
        return location["left"] <= across < location["right"] and location["top"] <= down < location["bottom"]


@dataclass(frozen=True, slots=True)
class DemoClass:
    """The class: people to enrol, the photo to take attendance from, and what is known about that photo.

    `notice` says that the photo is composed; `faces` are empty for a photo of which nothing is known.
    """

    people: Sequence[Person]
    photo: Path
    notice: str | None = None
    faces: Sequence[KnownFace] = field(default=())

    @property
    def people_code(self) -> str:
        """The same for the same people with the same photos, and for nobody else."""
        return _digest([text for person in self.people for text in (person.name, *map(_file_digest, person.photos))])

    @property
    def class_code(self) -> str:
        """The same for the same people and class photo."""
        return _digest([self.people_code, _file_digest(self.photo)])


def sample_class(manifest: Path) -> DemoClass:
    """The class that the ML service's module composed."""
    content: dict[str, Any] = json.loads(manifest.read_text(encoding="utf-8"))
    folder, photo = manifest.parent, content["class_photo"]
    people = [Person(entry["name"], [folder / item["file"] for item in entry["photos"]]) for entry in content["people"]]
    faces = [KnownFace(face["picture"], face["person"], **face["box"]) for face in photo["faces"]]
    return DemoClass(people, folder / photo["file"], photo["notice"], faces)


def own_class(people: Path, photo: Path) -> DemoClass:
    """A class of one's own: a folder with a folder of photos per person, and a class photo. Raises `NoClassError`."""
    if not photo.is_file():
        raise NoClassError(f"There is no photo {photo}.")
    if not people.is_dir():
        raise NoClassError(f"There is no folder {people}.")
    found = [Person(readable_name(folder), _photos(folder)) for folder in sorted(people.iterdir()) if folder.is_dir()]
    enrolled = [person for person in found if person.photos]
    if not enrolled:
        raise NoClassError(
            f"{people} holds no folder with photos (JPEG, PNG, WebP or HEIC): one folder per person, please."
        )
    return DemoClass(enrolled, photo)


def _photos(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in _ENDINGS and path.is_file())[:MAX_PHOTOS]


def readable_name(path: Path) -> str:
    """The name of a file or folder as it can be shown and sent: a disk allows names that are no text."""
    return os.fsencode(path.name).decode(errors="replace").strip()


def _file_digest(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()


def _digest(texts: Sequence[str]) -> str:
    return sha256("\0".join(texts).encode()).hexdigest()[:8]
