"""Objects in a folder of this machine, which a mark tells from the empty one that shows where its disk is away."""

import contextlib
import errno
import itertools
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore

from attendance_backend.adapters.photos import AWAY_HEADERS, MARK
from attendance_backend.ports.photos import PhotosFull, PhotosUnavailable

BEGUN = "#"
"""And a number behind it end the name of a file that is not written yet; the library counts from 1."""
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class Folder:
    """A `Place`. A folder that was never there is made, with its mark."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._mark = folder / MARK
        if not folder.exists():
            folder.mkdir(mode=0o700, parents=True)
            self._mark.touch(mode=0o600)
        self._store = LocalStore(folder)

    async def prepare(self) -> None:
        self._mark.touch(mode=0o600)

    async def check(self) -> None:
        if not self._mark.exists():
            raise PhotosUnavailable(headers=AWAY_HEADERS)

    async def names(self) -> list[str]:
        with self._in_reach():
            names = {str(file["path"]) async for some in obstore.list(self._store) for file in some}
        await self.check()  # taken away in the middle, it would have been short
        return sorted(names - {MARK})

    async def written_before(self, moment: datetime) -> set[str]:
        names = set()
        with self._in_reach():
            async for some in obstore.list(self._store):
                names |= {str(file["path"]) for file in some if file["last_modified"] < moment}
            # Whose writing was cut short: the library leaves such files behind, and never lists them.
            begun = self._folder.glob(f"*{BEGUN}*")
            names |= {file.name.partition(BEGUN)[0] for file in begun if file.stat().st_mtime < moment.timestamp()}
        return names - {MARK}

    async def read(self, name: str) -> bytes:
        with self._in_reach():
            return bytes(await (await obstore.get_async(self._store, name)).bytes_async())

    async def write(self, name: str, content: bytes) -> None:
        try:
            with self._in_reach():
                await obstore.put_async(self._store, name, content)
        except PhotosUnavailable:
            self._drop_begun(name)
            raise

    async def remove(self, name: str) -> None:
        with contextlib.suppress(FileNotFoundError), self._in_reach():
            await obstore.delete_async(self._store, name)
        self._drop_begun(name)

    def _drop_begun(self, name: str) -> None:
        with contextlib.suppress(FileNotFoundError):
            for number in itertools.count(1):
                (self._folder / f"{name}{BEGUN}{number}").unlink()

    @contextlib.contextmanager
    def _in_reach(self) -> Iterator[None]:
        """What the folder fails with, told apart: it is full, it can't be used, or one file is not there."""
        if not self._mark.exists():
            raise PhotosUnavailable(headers=AWAY_HEADERS)
        try:
            yield
        except FileNotFoundError:
            raise
        except (BaseError, OSError) as error:
            raise (PhotosFull if _reason(error) in FULL else PhotosUnavailable)(headers=AWAY_HEADERS) from error


def _reason(error: Exception) -> int | None:
    """The system's number for what went wrong; the library tells it in its text alone."""
    told = re.search(r"\(os error (\d+)\)", str(error))
    return int(told[1]) if told else None
