"""Class photos in an object store, each sealed with AES-256-GCM under a content key that its own data key wraps.

An object is: the wrapped content key's length (4 bytes, big-endian), the wrapped content key, the nonce (12 bytes), the
sealed photo. Without the data key in the vault an object is noise, wherever copies of it lie.
"""

import asyncio
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import obstore
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from obstore.store import LocalStore

from attendance_backend.ports.keys import KeyDestroyedError, KeyVault, photo_key
from attendance_backend.ports.photos import PhotoGoneError

CONTENT_KEY_BYTES = 32
NONCE_BYTES = 12
LENGTH_BYTES = 4


class SealedPhotos:
    """A `PhotoStore` below one folder."""

    def __init__(self, folder: Path, vault: KeyVault) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._store = LocalStore(folder)
        self._vault = vault
        self._thread = ThreadPoolExecutor(1, "photos")

    async def put(self, photo_id: str, content: bytes) -> None:
        content_key = secrets.token_bytes(CONTENT_KEY_BYTES)
        wrapped = await self._vault.encrypt(photo_key(photo_id), content_key)
        nonce = secrets.token_bytes(NONCE_BYTES)
        seal = AESGCM(content_key).encrypt
        sealed = await self._off_loop(seal, nonce, content, photo_id.encode())
        await obstore.put_async(self._store, photo_id, [len(wrapped).to_bytes(LENGTH_BYTES), wrapped, nonce, sealed])

    async def get(self, photo_id: str) -> bytes:
        try:
            found = await obstore.get_async(self._store, photo_id)
            stored = memoryview(await found.bytes_async())
            end = LENGTH_BYTES + int.from_bytes(stored[:LENGTH_BYTES])
            content_key = await self._vault.decrypt(bytes(stored[LENGTH_BYTES:end]))
            return await self._off_loop(_open, content_key, stored[end:], photo_id)
        except (FileNotFoundError, KeyDestroyedError, InvalidTag) as error:
            raise PhotoGoneError from error

    async def _off_loop(self, work: Callable[..., bytes], *given: object) -> bytes:
        """Encrypting 20 MB takes 10 ms: long enough to hold up everybody else."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, work, *given)

    async def destroy(self, photo_id: str) -> None:
        await self._vault.destroy(photo_key(photo_id))
        try:
            await obstore.delete_async(self._store, photo_id)
        except FileNotFoundError:
            return


def _open(content_key: bytes, sealed: memoryview, photo_id: str) -> bytes:
    return AESGCM(content_key).decrypt(bytes(sealed[:NONCE_BYTES]), sealed[NONCE_BYTES:], photo_id.encode())
