"""What a backup tells of itself."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel, ConfigDict


class Holds(StrEnum):
    """A backup has data or keys, never both: without the keys the faces in it are noise."""

    DATA = "data"
    KEYS = "keys"


class Earlier(BaseModel):
    """The backup that one builds on. `file` is its name: both lie in one folder."""

    model_config = ConfigDict(frozen=True)

    id: str
    file: str


class Manifest(BaseModel):
    """The first part of a backup. `taken_at` is when the reading began: it has what was committed by then.

    `since`: the photos that this one has are not in the backup again. None: it is whole by itself.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    holds: Holds
    taken_at: datetime
    schema_version: int
    program: str
    since: Earlier | None = None


class Tally(BaseModel):
    """How much there is of something. `digest` is the sum of the SHA-256 of each, so their order does not matter."""

    model_config = ConfigDict(frozen=True)

    count: int = 0
    size: int = 0
    digest: str = f"{0:064x}"


class Contents(BaseModel):
    """The last part of a backup. `objects` are those in the file; `gone` are photos that were erased meanwhile.

    `photos` are the names of all there were, in the file or in what it builds on. None: the first format did not tell.
    """

    model_config = ConfigDict(frozen=True)

    collections: dict[str, Tally]
    objects: Tally = Tally()
    gone: int = 0
    photos: list[str] | None = None

    @property
    def documents(self) -> int:
        return sum(one.count for one in self.collections.values())


@dataclass(frozen=True)
class Backup:
    """A backup that was found whole. `here` are the names of the photos in the file."""

    path: Path
    manifest: Manifest
    contents: Contents
    here: frozenset[str]

    @property
    def photos(self) -> frozenset[str]:
        """All that there were."""
        return self.here if self.contents.photos is None else frozenset(self.contents.photos)

    @property
    def elsewhere(self) -> frozenset[str]:
        """Those that are in what it builds on."""
        return self.photos - self.here


@dataclass(frozen=True)
class KnownPhotos:
    """The photos that the backup `told` and those that it builds on have."""

    told: Earlier
    taken_at: datetime
    names: frozenset[str]


@dataclass(frozen=True)
class Restored:
    """What was put where there was nothing. `keys_of` is when the keys were backed up that came with it."""

    data: Backup
    keys_of: datetime | None
