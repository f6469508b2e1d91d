"""Where photos are kept, each encrypted with a data key of its own, or with that of the person it is of."""

from datetime import datetime
from typing import Protocol

from attendance_kit.errors import ServiceError


class PhotoStore(Protocol):
    """Beside a photo that a browser can't show lies an upright JPEG of it, which lives no longer than the photo.

    Every call raises PhotosUnavailable where the place the photos lie in can't be used just now; that is never taken
    for a photo that is gone.
    """

    async def put(self, photo_id: str, content: bytes, owner: str | None = None) -> None:
        """Keep a photo, whole or not at all; when this returns, a crash of the process does not lose it.

        `owner` is whose data key seals it, as `ports.keys` names them; None: one of its own, destroyed with it.

        Raises:
            PhotosFull: there is no room for it.
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
            PhotosFull: there is no room for it.
        """

    async def get_upright(self, photo_id: str) -> bytes:
        """The photo's upright JPEG as it was put.

        Raises:
            PhotoGoneError: it was never kept, or its key was destroyed.
        """

    async def lying(self) -> set[str]:
        """The ids of the photos that are there, whoever knows of them."""

    async def lying_since(self, moment: datetime) -> list[str]:
        """The ids of the photos that were last written before a moment, or whose keys were made before it.

        Whoever knows of them, and whether both the photo and its key are there.
        """

    async def destroy(self, photo_id: str) -> None:
        """Destroy the photo, its upright JPEG and their key; nothing happens when there are none."""


class PhotoGoneError(Exception):
    """The photo can't be had any more."""


class PhotosUnavailable(ServiceError):
    status, code, title = 503, "PHOTOS_UNAVAILABLE", "The place that photos are kept in is out of reach"


class PhotosFull(PhotosUnavailable):
    status, code, title = 507, "INSUFFICIENT_STORAGE", "There is no room to keep anything more"


class PhotoStoreMisdescribed(ServiceError):
    status, code, title = (
        503,
        "PHOTO_STORE_MISDESCRIBED",
        "What the environment says of the photos' store is not enough",
    )


PHOTOS_AWAY = (PhotosUnavailable, PhotosFull)
"""How whatever keeps or shows a photo can fail through no fault of whoever asks."""
