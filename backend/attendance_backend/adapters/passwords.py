"""Argon2id through pwdlib, in a thread of its own: off the event loop, and with memory that is used again."""

import asyncio
import secrets
from concurrent.futures import ThreadPoolExecutor

from pwdlib.hashers.argon2 import Argon2Hasher

MEMORY_KIB, PASSES, LANES = 12_288, 3, 1
"""One of OWASP's equally strong settings for Argon2id, chosen for its memory: a process may take 120 MB in all."""


class Argon2Passwords:
    """A `PasswordHasher`. One thread hashes: the allocator keeps what each thread has ever needed at once."""

    def __init__(self) -> None:
        self._hasher = Argon2Hasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=LANES)
        self._thread = ThreadPoolExecutor(1, "passwords")
        self._nobodys = self._hasher.hash(secrets.token_urlsafe())
        """A hash no password fits, so that an unknown account costs what a known one does."""

    async def hash(self, password: str) -> str:
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._hasher.hash, password)

    async def verify(self, password: str, kept: str | None) -> bool:
        loop, hashed = asyncio.get_running_loop(), kept or self._nobodys
        fits = await loop.run_in_executor(self._thread, self._hasher.verify, password, hashed)
        return fits and kept is not None
