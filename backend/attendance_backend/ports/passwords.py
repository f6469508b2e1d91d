"""Hashing of passwords, which is slow by intention and therefore asynchronous."""

from typing import Protocol


class PasswordHasher(Protocol):
    async def hash(self, password: str) -> str:
        """A salted hash that tells its own parameters."""

    async def verify(self, password: str, kept: str | None) -> bool:
        """Whether the password made the kept hash. None takes as long as any other and is never right."""
