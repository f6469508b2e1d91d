"""Photos in an object store, each sealed with AES-256-GCM under a content key that a data key wraps.

Beside a photo may lie its upright JPEG, another object under the same content key: one data key erases both.
An object is: the wrapped content key's length (4 bytes, big-endian), the wrapped content key, the nonce (12 bytes), the
sealed photo. Without the data key in the vault an object is noise, wherever copies of it lie.
"""

import asyncio
import contextlib
import errno
import itertools
import re
import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import obstore
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from obstore.exceptions import BaseError
from obstore.store import LocalStore

from attendance_backend.ports.keys import KeyDestroyedError, KeyVault, photo_key, photos_of
from attendance_backend.ports.photos import PhotoGoneError, PhotosFull, PhotosUnavailable

CONTENT_KEY_BYTES = 32
NONCE_BYTES = 12
LENGTH_BYTES = 4
UPRIGHT = ".upright"
"""Ends the name of a photo's upright JPEG."""
BEGUN = "#"
"""And a number behind it end the name of a file that is not written yet; the library counts from 1."""
MARK = "photos-are-kept-here"
"""A file beside the photos. Where it is missing, a disk was taken away and an empty folder shows in its place."""
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
LATER = {"Retry-After": "30"}


class SealedPhotos:
    """A `PhotoStore` below one folder."""

    def __init__(self, folder: Path, vault: KeyVault) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder = folder
        self._mark = folder / MARK
        self._mark.touch(mode=0o600)
        self._store = LocalStore(folder)
        self._vault = vault
        self._thread = ThreadPoolExecutor(1, "photos")

    async def put(self, photo_id: str, content: bytes, owner: str | None = None) -> None:
        content_key = secrets.token_bytes(CONTENT_KEY_BYTES)
        wrapped = await self._vault.encrypt(owner or photo_key(photo_id), content_key)
        try:
            await self._write(photo_id, wrapped, content_key, content)
        except PhotosUnavailable:
            if owner is None:
                await self._vault.destroy(photo_key(photo_id))
            self._drop_begun(photo_id)
            raise

    async def get(self, photo_id: str) -> bytes:
        return await self._read(photo_id)

    async def put_upright(self, photo_id: str, jpeg: bytes) -> None:
        with _gone():
            wrapped, _ = await self._stored(photo_id)
            # Not a new key: one that is made while the photo is being erased would outlive it.
            content_key = await self._vault.decrypt(wrapped)
        await self._write(photo_id + UPRIGHT, wrapped, content_key, jpeg)

    async def get_upright(self, photo_id: str) -> bytes:
        return await self._read(photo_id + UPRIGHT)

    async def lying(self) -> set[str]:
        with self._in_reach():
            files = [str(file["path"]) async for some in obstore.list(self._store) for file in some]
        return {name.removesuffix(UPRIGHT) for name in files} - {MARK}

    async def lying_since(self, moment: datetime) -> list[str]:
        # A process may have died between making a photo's key and writing the photo.
        lying = photos_of(await self._vault.owners_before(moment))
        with self._in_reach():
            async for some in obstore.list(self._store):
                lying |= {str(file["path"]).removesuffix(UPRIGHT) for file in some if file["last_modified"] < moment}
            lying |= await asyncio.to_thread(self._begun_before, moment)
        return sorted(lying - {MARK})

    async def destroy(self, photo_id: str) -> None:
        await self._vault.destroy(photo_key(photo_id))
        for name in (photo_id, photo_id + UPRIGHT):
            with contextlib.suppress(FileNotFoundError), self._in_reach():
                await obstore.delete_async(self._store, name)
            self._drop_begun(name)

    def _begun_before(self, moment: datetime) -> set[str]:
        """Whose writing was cut short: the library leaves such files behind, and never lists them."""
        begun = (path for path in self._folder.glob(f"*{BEGUN}*") if path.stat().st_mtime < moment.timestamp())
        return {path.name.partition(BEGUN)[0].removesuffix(UPRIGHT) for path in begun}

    def _drop_begun(self, name: str) -> None:
        with contextlib.suppress(FileNotFoundError):
            for number in itertools.count(1):
                (self._folder / f"{name}{BEGUN}{number}").unlink()

    async def _write(self, name: str, wrapped: bytes, content_key: bytes, content: bytes) -> None:
        nonce = secrets.token_bytes(NONCE_BYTES)
        sealed = await self._off_loop(AESGCM(content_key).encrypt, nonce, content, name.encode())
        with self._in_reach():
            await obstore.put_async(self._store, name, [len(wrapped).to_bytes(LENGTH_BYTES), wrapped, nonce, sealed])

    async def _read(self, name: str) -> bytes:
        with _gone():
            wrapped, sealed = await self._stored(name)
            return await self._off_loop(_open, await self._vault.decrypt(wrapped), sealed, name)

    async def _stored(self, name: str) -> tuple[bytes, memoryview]:
        """An object's wrapped content key, and what is sealed under it."""
        with self._in_reach():
            found = await obstore.get_async(self._store, name)
            stored = memoryview(await found.bytes_async())
        end = LENGTH_BYTES + int.from_bytes(stored[:LENGTH_BYTES])
        return bytes(stored[LENGTH_BYTES:end]), stored[end:]

    @contextlib.contextmanager
    def _in_reach(self) -> Iterator[None]:
        """What the folder fails with, told apart: it is full, it can't be used, or one file is not there."""
        if not self._mark.exists():
            raise PhotosUnavailable(headers=LATER)
        try:
            yield
        except FileNotFoundError:
            raise
        except (BaseError, OSError) as error:
            raise (PhotosFull if _reason(error) in FULL else PhotosUnavailable)(headers=LATER) from error

    async def _off_loop(self, work: Callable[..., bytes], *given: object) -> bytes:
        """Encrypting 20 MB takes 10 ms: long enough to hold up everybody else."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, work, *given)


class LyingPhotos:
    """An `ObjectStore`: the photos below a folder as they lie, without their keys."""

    def __init__(self, folder: Path) -> None:
        self._mark = folder / MARK
        if not folder.exists():  # nothing was ever kept there
            folder.mkdir(mode=0o700, parents=True)
            self._mark.touch(mode=0o600)
        self._store = LocalStore(folder)

    async def names(self) -> list[str]:
        names = {str(file["path"]) async for some in obstore.list(self._store) for file in some}
        self._check()
        return sorted(names - {MARK})

    async def read(self, name: str) -> bytes:
        try:
            return bytes(await (await obstore.get_async(self._store, name)).bytes_async())
        except FileNotFoundError:
            self._check()
            raise

    async def write(self, name: str, content: bytes) -> None:
        await obstore.put_async(self._store, name, content)

    def _check(self) -> None:
        if not self._mark.exists():
            raise PhotosUnavailable(headers=LATER)


@contextlib.contextmanager
def _gone() -> Iterator[None]:
    try:
        yield
    except (FileNotFoundError, KeyDestroyedError, InvalidTag) as error:
        raise PhotoGoneError from error


def _reason(error: Exception) -> int | None:
    """The system's number for what went wrong; the library tells it in its text alone."""
    told = re.search(r"\(os error (\d+)\)", str(error))
    return int(told[1]) if told else None


def _open(content_key: bytes, sealed: memoryview, name: str) -> bytes:
    return AESGCM(content_key).decrypt(bytes(sealed[:NONCE_BYTES]), sealed[NONCE_BYTES:], name.encode())
