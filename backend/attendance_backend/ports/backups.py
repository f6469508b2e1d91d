"""What a backup is written to and read from: parts in their order, sealed so that nobody reads or changes one."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from pathlib import Path
from typing import Protocol


class PartKind(IntEnum):
    MANIFEST = 1
    DOCUMENTS = 2
    """Some documents of the collection that it names."""
    OBJECT = 3
    """The object that it names, as it lies in the store."""
    END = 4
    """What the parts before came to. A backup without it was cut off."""


@dataclass(frozen=True)
class Part:
    kind: PartKind
    name: str
    content: bytes


class BackupWriter(Protocol):
    def write(self, part: Part) -> None:
        """Add a part."""


class BackupFiles(Protocol):
    def create(self, path: Path) -> AbstractContextManager[BackupWriter]:
        """A new backup, which is at its place once the block has ended well, and on the disk.

        Raises:
            FileExistsError: there is something at that place.
        """

    def alone(self, folder: Path) -> AbstractContextManager[None]:
        """Hold a folder, which is made if need be, until the block ends; it is given back when the process dies, too.

        Raises:
            BlockingIOError: another process holds it.
        """

    def names(self, folder: Path) -> list[str]:
        """Of all files in a folder; none where there is no folder."""

    def remove(self, path: Path) -> None:
        """Remove a backup."""

    def parts(self, path: Path) -> Iterator[Part]:
        """The parts of a backup, the last of them its end.

        Raises:
            UnreadableBackupError: it is none, another key sealed it, or a byte is not as it was written.
        """

    def ends(self, path: Path) -> tuple[Part, Part]:
        """The first and the last part of a backup. What lies between is passed over unread, and may be damaged.

        Raises:
            UnreadableBackupError: as `parts`, or a part was left out, moved or put in the place of another.
        """


class ObjectStore(Protocol):
    """Objects as they lie: sealed."""

    async def names(self) -> list[str]:
        """Of every object, sorted.

        Raises:
            PhotosUnavailable: the disk was taken away, and a copy would be one without photos.
        """

    async def written_before(self, moment: datetime) -> set[str]:
        """The names of what was last written before a moment.

        Raises:
            PhotosUnavailable: as `names`.
        """

    async def read(self, name: str) -> bytes:
        """One object.

        Raises:
            FileNotFoundError: it is gone.
            PhotosUnavailable: as `names`.
        """

    async def write(self, name: str, content: bytes) -> None:
        """Keep an object, in place of the one that may be there."""


class UnreadableBackupError(Exception):
    """A file that can't be read as a backup; the message says why."""
