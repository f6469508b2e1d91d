"""From frames before the camera to a face by which a student is recognised, at once or after the office has looked."""

from collections.abc import Sequence
from dataclasses import dataclass

from attendance_backend.domains.consent.schemas import ConsentedStudent
from attendance_backend.domains.consent.service import ConsentService
from attendance_backend.domains.enrolment.schemas import Enroller
from attendance_backend.domains.enrolment.service import EnrolmentService
from attendance_backend.domains.identity.schemas import Caller
from attendance_backend.domains.institution.service import InstitutionService
from attendance_backend.domains.lookalikes.service import LookalikesService
from attendance_backend.domains.own_faces.errors import SelfEnrolmentOff
from attendance_backend.domains.own_faces.policy import check_frames
from attendance_backend.domains.own_faces.schemas import (
    ChallengeView,
    OwnFace,
    OwnFaceRefusal,
    OwnFaceState,
    OwnFaceStatus,
    OwnFaceView,
    SentOwnFace,
)
from attendance_backend.domains.own_faces.service import OwnFaceService
from attendance_backend.domains.people.service import PeopleService
from attendance_backend.ports.store import Transaction, Transactions
from attendance_contract.models import LivenessAnswer
from attendance_kit.errors import NotFound, ServiceError


@dataclass(frozen=True)
class OwnFaceFlows:
    own_faces: OwnFaceService
    enroller: Enroller
    enrolment: EnrolmentService
    consent: ConsentService
    people: PeopleService
    institution: InstitutionService
    lookalikes: LookalikesService
    transactions: Transactions

    async def challenge(self, caller: Caller, student_id: str, tx: Transaction) -> ChallengeView:
        """What to do before the camera. Raises NotFound, SelfEnrolmentOff, ConsentRequired."""
        await self._admit(caller, student_id)
        return ChallengeView.model_validate(await self.own_faces.challenge(caller, student_id, tx))

    async def send(self, caller: Caller, student_id: str, challenge_id: str, frames: Sequence[bytes]) -> OwnFaceStatus:
        """Enrol the best of the frames if it surely shows who is enrolled; else it waits for the office.

        Raises:
            NotFound, SelfEnrolmentOff, ConsentRequired, ChallengeOver, OwnFaceWaits.
            PhotoRefused, NotSamePerson, TooManyFacePhotos: the student has to send others.
            MlUnavailable, MlAnswerInvalid, EnrolmentConflict.
        """
        student = await self._admit(caller, student_id)
        await self.own_faces.check_none_waits(caller, student_id)
        check_frames(frames)
        live = await self.own_faces.judge(caller, student_id, challenge_id, frames)
        photo = frames[live.best_frame]
        await self.enroller.enrol(caller, student_id, [photo], dry_run=True)
        if await self.enrolment.shows(caller, student, photo):
            await self.enroller.enrol(caller, student_id, [photo])
        else:
            await self._let_wait(caller, student, photo, live)
        return await self.status(caller, student_id)

    async def status(self, caller: Caller, student_id: str) -> OwnFaceStatus:
        """Raises NotFound."""
        await self._find(caller, student_id)
        face = (await self.enrolment.face_states(caller, [student_id]))[student_id]
        last = await self.own_faces.last_sent(caller, student_id)
        return OwnFaceStatus(face=face, last_sent=SentOwnFace.model_validate(last) if last else None)

    async def remove(self, caller: Caller, student_id: str, tx: Transaction) -> None:
        """Take away every face of the student, and what waits. Raises NotFound."""
        await self._find(caller, student_id)
        await self.own_faces.remove(caller, student_id, tx)
        await self.enrolment.remove_templates(caller, student_id, tx)

    async def confirm(self, caller: Caller, own_face_id: str) -> OwnFaceView:
        """Enrol a photo that waited. Done again after a crash it changes nothing but what was left.

        Raises:
            NotFound, OwnFaceDecided, PhotoGone, ConsentRequired.
            PhotoRefused, NotSamePerson, TooManyFacePhotos: it does not fit what was enrolled meanwhile.
            MlUnavailable, MlAnswerInvalid, EnrolmentConflict: nothing was changed.
        """
        face = await self.own_faces.pending(caller, own_face_id)
        photo = await self.own_faces.photo(face)
        alike = {one.student_id: one.distance for one in face.looks_like}
        # Before the face can be recognised: until a human says that they are twins, both go to review.
        await self.lookalikes.suspect(caller, face.student_id, alike)
        await self.enroller.enrol(caller, face.student_id, [photo])

        async def confirm(tx: Transaction) -> OwnFace:
            return await self.own_faces.decide(caller, face, OwnFaceState.CONFIRMED, None, tx)

        confirmed = await self.transactions.run(confirm)
        await self.own_faces.destroy_photo(own_face_id)
        return OwnFaceView.model_validate(confirmed)

    async def refuse(self, caller: Caller, own_face_id: str, given: OwnFaceRefusal, tx: Transaction) -> OwnFaceView:
        """Raises NotFound, OwnFaceDecided."""
        face = await self.own_faces.pending(caller, own_face_id)
        refused = await self.own_faces.decide(caller, face, OwnFaceState.REFUSED, given.reason, tx)
        return OwnFaceView.model_validate(refused)

    async def _let_wait(self, caller: Caller, student: ConsentedStudent, photo: bytes, live: LivenessAnswer) -> None:
        alike = await self.lookalikes.alike(student.student_id, [str(live.embedding)], live.metadata.model)
        face = await self.own_faces.seal(caller, student.student_id, photo, alike)

        async def wait(tx: Transaction) -> None:
            await self.consent.hold(caller, student, tx)
            await self.own_faces.wait(caller, face, tx)

        try:
            await self.transactions.run(wait)
        except ServiceError:  # refused for certain: of a database that went away nobody knows whether it was committed
            await self.own_faces.destroy_photo(face.id)
            raise

    async def _admit(self, caller: Caller, student_id: str) -> ConsentedStudent:
        await self._find(caller, student_id)
        if not (await self.institution.settings(caller)).self_enrolment:
            raise SelfEnrolmentOff
        return await self.consent.consented(caller, student_id)

    async def _find(self, caller: Caller, student_id: str) -> None:
        if not caller.may_see(student_id):
            raise NotFound
        await self.people.student(caller, student_id)
