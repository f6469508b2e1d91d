"""Galleries in memory: the vectors of one roster each, bounded in number and in time. Nothing is written to disk."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from attendance_contract.errors import ErrorCode
from attendance_kit.errors import ServiceError
from attendance_ml.faces import Gallery

LATE_SECONDS = 1.0
"""No longer than this do vectors lie in memory after their gallery has expired."""


class GalleryNotFound(ServiceError):
    status, code, title = 404, ErrorCode.GALLERY_NOT_FOUND, "This replica does not hold the gallery"


@dataclass(frozen=True)
class _Held:
    gallery: Gallery
    expires_at: float


class GalleryStore:
    """Galleries by their callers' ids. Used from the event loop only, so it needs no lock.

    Args:
        seconds: lifetime from the moment it was put, however often it is used: the horizon of erasure.
        students: held in all galleries together; the least recently used gallery goes first.
        clock: seconds that never step back.
    """

    def __init__(self, seconds: float, students: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.seconds = seconds
        self.students = students
        self._clock = clock
        self._held: OrderedDict[str, _Held] = OrderedDict()

    def put(self, gallery_id: str, gallery: Gallery) -> None:
        """Hold a gallery, in place of an earlier one of that id. The newest always stays, whatever its size."""
        self._drop_expired()
        self._held.pop(gallery_id, None)
        self._held[gallery_id] = _Held(gallery, self._clock() + self.seconds)
        # An empty one takes room too, though it holds nobody.
        while max(self.size, len(self._held)) > self.students and len(self._held) > 1:
            self._held.popitem(last=False)

    async def keep_forgetting(self) -> None:
        """Drop what has expired though nobody asks any more, for as long as this task lives."""
        while True:
            await asyncio.sleep(LATE_SECONDS)
            self._drop_expired()

    def get(self, gallery_id: str) -> Gallery:
        """The gallery of that id, which thereby counts as just used.

        Raises:
            GalleryNotFound: never put, evicted, deleted or expired.
        """
        self._drop_expired()
        if gallery_id not in self._held:
            raise GalleryNotFound("Send the gallery again, or image and gallery in one call.")
        self._held.move_to_end(gallery_id)
        return self._held[gallery_id].gallery

    def delete(self, gallery_id: str) -> None:
        """Forget a gallery. One that is not held is already forgotten."""
        self._held.pop(gallery_id, None)

    def forget_model(self, model: str) -> None:
        """Forget the galleries of a model that nothing is compared by any more."""
        for gallery_id in [name for name, held in self._held.items() if held.gallery.calibration.model == model]:
            del self._held[gallery_id]

    @property
    def size(self) -> int:
        """Students held."""
        return sum(len(held.gallery) for held in self._held.values())

    def __len__(self) -> int:
        self._drop_expired()
        return len(self._held)

    def _drop_expired(self) -> None:
        now = self._clock()
        for gallery_id in [name for name, held in self._held.items() if held.expires_at <= now]:
            del self._held[gallery_id]
