"""Where photos are kept, each encrypted with a data key of its own, or with that of the person it is of."""

from datetime import datetime
from typing import Protocol


class PhotoStore(Protocol):
    """Beside a photo that a browser can't show lies an upright JPEG of it, which lives no longer than the photo."""

    async def put(self, photo_id: str, content: bytes, owner: str | None = None) -> None:
        """Keep a photo; when this returns, a crash of the process does not lose it.

        `owner` is whose data key seals it, as `ports.keys` names them; None: one of its own, destroyed with it.
        """

    async def get(self, photo_id: str) -> bytes:
        """The photo's bytes as they were put.

        Raises:
            PhotoGoneError: it was never kept, or its key was destroyed.
        """

    async def put_upright(self, photo_id: str, jpeg: bytes) -> None:
        """Keep a photo's upright JPEG, in place of an earlier one, sealed under the photo's own key.

        Raises:
            PhotoGoneError: the photo was never kept, or its key was destroyed.
        """

    async def get_upright(self, photo_id: str) -> bytes:
        """The photo's upright JPEG as it was put.

        Raises:
            PhotoGoneError: it was never kept, or its key was destroyed.
        """

    async def lying_since(self, moment: datetime) -> list[str]:
        """The ids of the photos that were last written before a moment, or whose keys were made before it.

        Whoever knows of them, and whether both the photo and its key are there.
        """

    async def destroy(self, photo_id: str) -> None:
        """Destroy the photo, its upright JPEG and their key; nothing happens when there are none."""


class PhotoGoneError(Exception):
    """The photo can't be had any more."""
