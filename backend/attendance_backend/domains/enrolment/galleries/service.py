"""Sends galleries' ids into its ledger before they are sent, and has them forgotten. It never sees a vector."""

from attendance_backend.domains.enrolment.galleries.repository import SentGalleryRepository
from attendance_backend.domains.enrolment.galleries.schemas import SentGallery
from attendance_backend.domains.identity.schemas import Caller
from attendance_backend.ports.clock import Clock
from attendance_backend.ports.faces import FaceEngine, Gallery

TOLD_WITHIN = 5.0
"""Seconds that a person who asks for an erasure waits for the ML service; the job tells it later."""


class GalleryService:
    def __init__(self, sent: SentGalleryRepository, engine: FaceEngine, clock: Clock) -> None:
        self._sent = sent
        self._engine = engine
        self._clock = clock

    async def note(self, caller: Caller, gallery: Gallery) -> None:
        """Write down who is in a gallery, before it is sent: what is not written down can't be taken back."""
        students = [face.student_id for face in gallery.students]
        sent = SentGallery(id=gallery.id, student_ids=students, sent_at=self._clock.now())
        await self._sent.put(caller, sent)

    async def forget(self, caller: Caller, student_id: str) -> int:
        """Have the ML service forget every gallery that holds the student; how many there were.

        Raises:
            MlUnavailable, MlAnswerInvalid: it can't be told now. It forgets them by itself, ten minutes after each.
        """
        galleries = await self._sent.with_student(caller, student_id)
        for gallery_id in galleries:
            await self._engine.forget_gallery(gallery_id, TOLD_WITHIN)
        await self._sent.remove(caller, galleries)
        return len(galleries)
