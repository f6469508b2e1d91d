"""Argon2id through pwdlib, off the event loop, two at a time."""

import asyncio
import secrets

from pwdlib.hashers.argon2 import Argon2Hasher

MEMORY_KIB, PASSES, LANES = 19_456, 2, 1
"""OWASP's recommendation for Argon2id (19 MiB, 2 passes, 1 lane): a process may take 120 MB in all."""
AT_ONCE = 2


class Argon2Passwords:
    """A `PasswordHasher`."""

    def __init__(self) -> None:
        self._hasher = Argon2Hasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=LANES)
        self._free = asyncio.Semaphore(AT_ONCE)
        self._nobodys = self._hasher.hash(secrets.token_urlsafe())
        """A hash no password fits, so that an unknown account costs what a known one does."""

    async def hash(self, password: str) -> str:
        async with self._free:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def verify(self, password: str, kept: str | None) -> bool:
        async with self._free:
            fits = await asyncio.to_thread(self._hasher.verify, password, kept or self._nobodys)
        return fits and kept is not None
