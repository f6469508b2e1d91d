"""Data keys, one for each owner, and what is encrypted with them. Destroying a key is how its data is erased."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Protocol

PHOTO = "photo:"


class KeyVault(Protocol):
    async def encrypt(self, owner: str, value: Any) -> bytes:
        """Encrypt a BSON value with the owner's data key, which is made if there is none yet."""

    async def decrypt(self, value: bytes) -> Any:
        """The value again.

        Raises:
            KeyDestroyedError: its data key is gone, and so is the value.
        """

    async def can_open(self, owner: str, value: bytes) -> bool:
        """Whether the data key that a value was encrypted with is still there, and the owner's."""

    async def owners_before(self, moment: datetime) -> list[str]:
        """Whose data keys were made before a moment, whether anything is encrypted with them or not."""

    async def destroy(self, owner: str) -> None:
        """Destroy the owner's data key; nothing happens when there is none."""


class KeyDestroyedError(Exception):
    """What was encrypted can't be read any more, because its data key was destroyed."""


def student_key(student_id: str) -> str:
    """The owner name of a student's data key."""
    return f"student:{student_id}"


def photo_key(photo_id: str) -> str:
    """The owner name of a class photo's data key."""
    return f"{PHOTO}{photo_id}"


def photos_of(owners: Iterable[str]) -> set[str]:
    """The ids of the class photos among the owners of data keys."""
    return {owner.removeprefix(PHOTO) for owner in owners if owner.startswith(PHOTO)}
