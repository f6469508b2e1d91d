"""Galleries in memory: the vectors of one roster each, bounded in number and in time. Nothing is written to disk.

A gallery's id is its caller's digest of what it holds. One id with two contents would give names of the wrong roster,
so the second content is refused, never taken for the first.
"""

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


class GalleryConflict(ServiceError):
    status, code, title = 409, ErrorCode.GALLERY_CONFLICT, "This id belongs to a gallery with other content"


class GalleryTooLarge(ServiceError):
    status, code, title = 413, ErrorCode.REQUEST_TOO_LARGE, "The gallery holds too many vectors"


@dataclass(frozen=True)
class _Held:
    gallery: Gallery
    expires_at: float


class GalleryStore:
    """Galleries by their callers' ids. Used from the event loop only, so it needs no lock.

    Args:
        seconds: lifetime from the moment it was put, however often it is used: the horizon of erasure.
        vectors: held in all galleries together; the least recently used gallery goes first.
        clock: seconds that never step back.
    """

    def __init__(self, seconds: float, vectors: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.seconds = seconds
        self.vectors = vectors
        self._clock = clock
        self._held: OrderedDict[str, _Held] = OrderedDict()

    def put(self, gallery_id: str, gallery: Gallery) -> None:
        """Hold a gallery; the same one again lives on from now.

        Raises:
            GalleryConflict: another one of that id is held.
            GalleryTooLarge: it alone has more vectors than may be held.
        """
        self._drop_expired()
        if self._is_another(gallery_id, gallery):
            raise GalleryConflict(
                "A gallery's id is a digest of what it holds. Delete the other one, or name this anew."
            )
        if gallery.vectors > self.vectors:
            raise GalleryTooLarge("Search in several galleries.", limit=self.vectors, actual=gallery.vectors)
        self._held.pop(gallery_id, None)
        self._held[gallery_id] = _Held(gallery, self._clock() + self.seconds)
        # An empty one takes room too, though it holds nobody.
        while max(self.size, len(self._held)) > self.vectors:
            self._held.popitem(last=False)

    def keep(self, gallery_id: str, gallery: Gallery) -> None:
        """Hold a gallery that came with a photo if that can be. Of two contents of one id none is kept: the next caller
        is asked to send its own.
        """
        self._drop_expired()
        if self._is_another(gallery_id, gallery):
            del self._held[gallery_id]
        elif gallery.vectors <= self.vectors:
            self.put(gallery_id, gallery)

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
        """Vectors held."""
        return sum(held.gallery.vectors for held in self._held.values())

    def __len__(self) -> int:
        self._drop_expired()
        return len(self._held)

    def _is_another(self, gallery_id: str, gallery: Gallery) -> bool:
        held = self._held.get(gallery_id)
        return held is not None and held.gallery.digest != gallery.digest

    def _drop_expired(self) -> None:
        now = self._clock()
        for gallery_id in [name for name, held in self._held.items() if held.expires_at <= now]:
            del self._held[gallery_id]
