"""Where class photos are kept, each encrypted with a data key of its own."""

from typing import Protocol


class PhotoStore(Protocol):
    async def put(self, photo_id: str, content: bytes) -> None:
        """Keep a photo; when this returns, a crash of the process does not lose it."""

    async def get(self, photo_id: str) -> bytes:
        """The photo's bytes as they were put.

        Raises:
            PhotoGoneError: it was never kept, or its key was destroyed.
        """

    async def destroy(self, photo_id: str) -> None:
        """Destroy the photo and its key; nothing happens when there is none."""


class PhotoGoneError(Exception):
    """The photo can't be had any more."""
