"""Asks students to turn their head, keeps sealed what they send until the office has looked at it, and no longer.

It enrols nobody, and never says whose face a photo shows.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from attendance_backend.documents import new_id
from attendance_backend.domains.attendance.errors import PhotoGone
from attendance_backend.domains.audit.service import AuditService
from attendance_backend.domains.enrolment.models.service import ModelService
from attendance_backend.domains.identity.schemas import Caller
from attendance_backend.domains.own_faces.errors import ChallengeOver, OwnFaceDecided, OwnFaceWaits
from attendance_backend.domains.own_faces.policy import GOOD_FOR, another_turn, check_live
from attendance_backend.domains.own_faces.repository import OwnFaceRepository
from attendance_backend.domains.own_faces.schemas import Alike, LivenessChallenge, OwnFace, OwnFaceState
from attendance_backend.paging import Page, PageRequest
from attendance_backend.ports.clock import Clock
from attendance_backend.ports.faces import FaceEngine
from attendance_backend.ports.photos import PhotoGoneError, PhotoStore
from attendance_backend.ports.store import Transaction
from attendance_backend.uploads import check_image
from attendance_contract.models import LivenessAnswer
from attendance_kit.errors import NotFound


class OwnFaceService:
    def __init__(
        self,
        faces: OwnFaceRepository,
        photos: PhotoStore,
        engine: FaceEngine,
        models: ModelService,
        audit: AuditService,
        clock: Clock,
    ) -> None:
        self._faces = faces
        self._photos = photos
        self._engine = engine
        self._models = models
        self._audit = audit
        self._clock = clock

    async def challenge(self, caller: Caller, student_id: str, tx: Transaction) -> LivenessChallenge:
        """A new challenge; those before it stay good until they are over."""
        expires_at = self._clock.now() + GOOD_FOR
        made = LivenessChallenge(id=new_id(), student_id=student_id, turn=another_turn(), expires_at=expires_at)
        await self._faces.add_challenge(caller, made, tx)
        return made

    async def judge(
        self, caller: Caller, student_id: str, challenge_id: str, frames: Sequence[bytes]
    ) -> LivenessAnswer:
        """What the ML service says of frames of somebody who did as the challenge asked; it is used up by that.

        Raises:
            ChallengeOver.
            PhotoRefused: a frame can't be used, or nobody turned their head as asked.
            MlUnavailable, MlAnswerInvalid: the challenge is good for another try.
        """
        found = await self._faces.challenge(caller, challenge_id, student_id)
        if found is None or found.expires_at <= self._clock.now():
            raise ChallengeOver
        answer = await self._engine.turned(frames, found.turn, model=await self._models.named(caller))
        if not await self._faces.use_challenge(caller, challenge_id):
            raise ChallengeOver
        check_live(answer)
        return answer

    async def check_none_waits(self, caller: Caller, student_id: str) -> None:
        """Raise OwnFaceWaits if a photo of the student does."""
        if any(face.state is OwnFaceState.PENDING for face in await self._faces.of_student(caller, student_id)):
            raise OwnFaceWaits

    async def seal(self, caller: Caller, student_id: str, photo: bytes, looks_like: Mapping[str, float]) -> OwnFace:
        """A photo sealed, to be waited with by `wait`."""
        face = OwnFace(
            id=new_id(),
            student_id=student_id,
            state=OwnFaceState.PENDING,
            media_type=check_image(photo).value,
            looks_like=[Alike(student_id=other, distance=distance) for other, distance in looks_like.items()],
            submitted_at=self._clock.now(),
            submitted_by=caller.id,
        )
        await self._photos.put(face.id, photo)
        return face

    async def wait(self, caller: Caller, face: OwnFace, tx: Transaction) -> None:
        """Raises OwnFaceWaits: another photo of the student does."""
        await self._faces.add(caller, face, tx)
        told: dict[str, str | int] = {"own_face": face.id, "looks_like": len(face.looks_like)}
        await self._audit.note(caller, "own face sent", face.student_id, told, tx)

    async def pending(self, caller: Caller, own_face_id: str) -> OwnFace:
        """A photo that waits. Raises NotFound, or OwnFaceDecided: it does not any more."""
        found = await self._faces.by_id(caller, own_face_id)
        if found is None:
            raise NotFound
        if found.state is not OwnFaceState.PENDING:
            raise OwnFaceDecided
        return found

    async def photo(self, face: OwnFace) -> bytes:
        """Raises PhotoGone."""
        try:
            return await self._photos.get(face.id)
        except PhotoGoneError as error:
            raise PhotoGone from error

    async def decide(
        self, caller: Caller, face: OwnFace, state: OwnFaceState, reason: str | None, tx: Transaction
    ) -> OwnFace:
        """The photo as decided on. Raises OwnFaceDecided: somebody was faster."""
        now = self._clock.now()
        change = {"state": state, "decided_at": now, "decided_by": caller.id, "reason": reason, "looks_like": []}
        if not await self._faces.decide(caller, face, change, tx):
            raise OwnFaceDecided
        await self._audit.note(caller, f"own face {state}", face.student_id, {"own_face": face.id}, tx)
        return face.model_copy(update=change)

    async def destroy_photo(self, own_face_id: str) -> None:
        await self._photos.destroy(own_face_id)

    async def last_sent(self, caller: Caller, student_id: str) -> OwnFace | None:
        return next(iter(await self._faces.of_student(caller, student_id)), None)

    async def remove(self, caller: Caller, student_id: str, tx: Transaction) -> None:
        """Take back all that a student sent."""
        for face in await self._faces.of_student(caller, student_id, tx):
            await self._photos.destroy(face.id)
        await self._faces.remove(caller, student_id, tx)

    async def forget(self, caller: Caller, student_id: str, until: datetime) -> None:
        """Forget what a student sent before `until`, and that what others sent looks like them."""
        for face in await self._faces.of_student(caller, student_id):
            if face.submitted_at < until:
                await self._photos.destroy(face.id)
        await self._faces.remove_made_before(caller, student_id, until)
        await self._faces.forget_alike(caller, student_id)

    async def page(self, caller: Caller, state: OwnFaceState | None, page: PageRequest) -> Page[OwnFace]:
        return await self._faces.page(caller, state, page)
