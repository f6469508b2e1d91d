"""Photos, each sealed with AES-256-GCM under a content key that a data key wraps, wherever they lie.

Beside a photo may lie its upright JPEG, another object under the same content key: one data key erases both.
An object is: the wrapped content key's length (4 bytes, big-endian), the wrapped content key, the nonce (12 bytes), the
sealed photo. Without the data key in the vault an object is noise, wherever copies of it lie.
"""

import asyncio
import contextlib
import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from attendance_backend.ports.backups import ObjectStore
from attendance_backend.ports.keys import KeyDestroyedError, KeyVault, photo_key, photos_of
from attendance_backend.ports.photos import PhotoGoneError, PhotosUnavailable

CONTENT_KEY_BYTES = 32
NONCE_BYTES = 12
LENGTH_BYTES = 4
UPRIGHT = ".upright"
"""Ends the name of a photo's upright JPEG."""
MARK = "photos-are-kept-here"
"""Lies beside the photos and is none. Where it is missing this is another place: a disk was taken away, a bucket
emptied or exchanged."""
AWAY_HEADERS = {"Retry-After": "30"}


class Place(ObjectStore, Protocol):
    """Where objects lie, by name. The mark is never among them.

    Every call raises PhotosUnavailable where the place can't be used just now, and a missing object is one only where
    the mark is there.
    """

    async def prepare(self) -> None:
        """Make it the place of this backend's photos. One that is away is told in the log, and looked for later."""

    async def check(self) -> None:
        """Whether it can be used."""

    async def remove(self, name: str) -> None:
        """Remove an object and what was begun of it; nothing happens where there is none."""

    async def written_before(self, moment: datetime) -> set[str]:
        """The names of what was last written before a moment, be it whole or only begun."""


class SealedPhotos:
    """A `PhotoStore` at some place."""

    def __init__(self, place: Place, vault: KeyVault) -> None:
        self._place = place
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
        return {name.removesuffix(UPRIGHT) for name in await self._place.names()}

    async def lying_since(self, moment: datetime) -> list[str]:
        # A process may have died between making a photo's key and writing the photo.
        keys = photos_of(await self._vault.owners_before(moment))
        return sorted(keys | {name.removesuffix(UPRIGHT) for name in await self._place.written_before(moment)})

    async def destroy(self, photo_id: str) -> None:
        await self._vault.destroy(photo_key(photo_id))
        for name in (photo_id, photo_id + UPRIGHT):
            await self._place.remove(name)

    async def in_reach(self) -> bool:
        """Whether photos can be kept and shown just now.

        Raises:
            PhotosUnavailable: they can't.
        """
        await self._place.check()
        return True

    async def _write(self, name: str, wrapped: bytes, content_key: bytes, content: bytes) -> None:
        await self._place.write(name, await self._off_loop(_seal, name, wrapped, content_key, content))

    async def _read(self, name: str) -> bytes:
        with _gone():
            wrapped, sealed = await self._stored(name)
            return await self._off_loop(_open, await self._vault.decrypt(wrapped), sealed, name)

    async def _stored(self, name: str) -> tuple[bytes, memoryview]:
        """An object's wrapped content key, and what is sealed under it."""
        stored = memoryview(await self._place.read(name))
        end = LENGTH_BYTES + int.from_bytes(stored[:LENGTH_BYTES])
        return bytes(stored[LENGTH_BYTES:end]), stored[end:]

    async def _off_loop(self, work: Callable[..., bytes], *given: Any) -> bytes:
        """Encrypting 20 MB takes 10 ms: long enough to hold up everybody else."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, work, *given)


@contextlib.contextmanager
def _gone() -> Iterator[None]:
    try:
        yield
    except (FileNotFoundError, KeyDestroyedError, InvalidTag) as error:
        raise PhotoGoneError from error


def _seal(name: str, wrapped: bytes, content_key: bytes, content: bytes) -> bytes:
    nonce = secrets.token_bytes(NONCE_BYTES)
    sealed = AESGCM(content_key).encrypt(nonce, content, name.encode())
    return b"".join([len(wrapped).to_bytes(LENGTH_BYTES), wrapped, nonce, sealed])


def _open(content_key: bytes, sealed: memoryview, name: str) -> bytes:
    return AESGCM(content_key).decrypt(bytes(sealed[:NONCE_BYTES]), sealed[NONCE_BYTES:], name.encode())
