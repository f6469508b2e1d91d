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


class Manifest(BaseModel):
    """The first part of a backup. `taken_at` is when the reading began: it has what was committed by then."""

    model_config = ConfigDict(frozen=True)

    id: str
    holds: Holds
    taken_at: datetime
    schema_version: int
    program: str


class Tally(BaseModel):
    """How much there is of something. `digest` is the sum of the SHA-256 of each, so their order does not matter."""

    model_config = ConfigDict(frozen=True)

    count: int = 0
    size: int = 0
    digest: str = f"{0:064x}"


class Contents(BaseModel):
    """The last part of a backup. `gone` are photos that were erased while it was made."""

    model_config = ConfigDict(frozen=True)

    collections: dict[str, Tally]
    objects: Tally = Tally()
    gone: int = 0

    @property
    def documents(self) -> int:
        return sum(one.count for one in self.collections.values())


@dataclass(frozen=True)
class Backup:
    """A backup that was found whole."""

    path: Path
    manifest: Manifest
    contents: Contents


@dataclass(frozen=True)
class Restored:
    """What was put where there was nothing. `keys_of` is when the keys were backed up that came with it."""

    data: Backup
    keys_of: datetime | None
