"""Makes, keeps, reads and removes the vectors of students. Encoding needs a `ConsentedStudent`."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime

import structlog

from attendance_backend.documents import new_id
from attendance_backend.domains.audit.service import AuditService
from attendance_backend.domains.consent.schemas import ConsentedStudent
from attendance_backend.domains.consent.service import ConsentService
from attendance_backend.domains.enrolment.errors import EnrolmentConflict
from attendance_backend.domains.enrolment.models.service import ModelService
from attendance_backend.domains.enrolment.photos.service import KeptPhotoService
from attendance_backend.domains.enrolment.policy import check_room, check_same_person
from attendance_backend.domains.enrolment.repository import TemplateRepository
from attendance_backend.domains.enrolment.schemas import (
    EnrolledPhoto,
    EnrolledVectors,
    FaceState,
    PhotoVector,
    Template,
)
from attendance_backend.domains.identity.schemas import Caller
from attendance_backend.domains.people.service import PeopleService
from attendance_backend.ports.clock import Clock
from attendance_backend.ports.faces import EnrolledFace, FaceEngine, PhotoRefused
from attendance_backend.ports.keys import KeyDestroyedError, KeyVault, student_key
from attendance_backend.ports.store import Transaction, Transactions
from attendance_contract.models import MatchStatus, Quality

log = structlog.stdlib.get_logger(__name__)


class EnrolmentService:
    def __init__(
        self,
        templates: TemplateRepository,
        models: ModelService,
        photos: KeptPhotoService,
        consent: ConsentService,
        people: PeopleService,
        audit: AuditService,
        vault: KeyVault,
        engine: FaceEngine,
        transactions: Transactions,
        clock: Clock,
    ) -> None:
        self._templates = templates
        self._models = models
        self._photos = photos
        self._consent = consent
        self._people = people
        self._audit = audit
        self._vault = vault
        self._engine = engine
        self._transactions = transactions
        self._clock = clock

    async def current_model(self, caller: Caller, wait: float | None = None) -> str:
        """The model whose vectors are compared now."""
        return await self._models.current(caller, wait)

    async def enrolled(self, caller: Caller, student_id: str, model: str) -> EnrolledVectors:
        """A student's vectors of a model; empty when there are none, or their key was destroyed."""
        found = await self._templates.of_model(caller, [student_id], model)
        template = found[0] if found else None
        vectors = await self._read(template) if template else []
        return EnrolledVectors(student_id=student_id, model=model, vectors=vectors, template=template)

    async def encode(
        self, caller: Caller, student: ConsentedStudent, photo: bytes, enrolled: EnrolledVectors
    ) -> tuple[EnrolledVectors, Quality]:
        """The vectors with that of one more photo among them, and how good the photo is.

        Raises:
            PhotoRefused, NotSamePerson, TooManyFacePhotos: a person has to choose another photo.
            MlUnavailable, MlAnswerInvalid: nobody can say anything about the photo now.
        """
        check_room(enrolled)
        answer = await self._engine.encode_face(photo, model=await self._models.named(caller))
        vector, model = str(answer.embedding), answer.metadata.model
        if model != enrolled.model:
            enrolled = await self.enrolled(caller, student.student_id, model)
            check_room(enrolled)
        if enrolled.vectors:
            known = EnrolledFace(student.student_id, [one.vector for one in enrolled.vectors])
            check_same_person(await self._engine.match_face(vector, known, model))
        told = EnrolledPhoto(sha256=digest(photo), at=self._clock.now(), by=caller.id)
        return enrolled.with_one_more(PhotoVector(vector, told)), answer.quality

    async def encode_again(
        self, photos: Mapping[str, bytes], wanted: Sequence[EnrolledPhoto], enrolled: EnrolledVectors
    ) -> tuple[EnrolledVectors, list[str]]:
        """Vectors of another model, now with those of the wanted photos that it lacked; the codes of what it refused.

        `photos` are by their digest; what is not among them counts as `PHOTO_NOT_KEPT`. They are enrolled for the model
        that is current: whose they are, and that its person has consented, was checked then.

        Raises:
            MlUnavailable, MlAnswerInvalid: nobody can say anything about a photo now.
        """
        codes: list[str] = []
        for photo in [one for one in wanted if not enrolled.holds(one.sha256)]:
            content = photos.get(photo.sha256)
            if content is None:
                codes.append("PHOTO_NOT_KEPT")
                continue
            try:
                answer = await self._engine.encode_face(content, model=enrolled.model)
            except PhotoRefused as refusal:
                codes.append(refusal.code)
                continue
            enrolled = enrolled.with_one_more(PhotoVector(str(answer.embedding), photo))
        return enrolled, codes

    async def shows(self, caller: Caller, student: ConsentedStudent, photo: bytes) -> bool | None:
        """Whether a photo confidently shows the face that was enrolled; None: none is. Nothing of it is kept.

        Raises:
            PhotoRefused: a person has to take another photo.
            MlUnavailable, MlAnswerInvalid: nobody can say anything about the photo now.
        """
        answer = await self._engine.encode_face(photo, model=await self._models.named(caller))
        enrolled = await self.enrolled(caller, student.student_id, answer.metadata.model)
        if not enrolled.vectors:
            return None
        known = EnrolledFace(student.student_id, [one.vector for one in enrolled.vectors])
        told = await self._engine.match_face(str(answer.embedding), known, enrolled.model)
        return told.match.status is MatchStatus.CONFIDENT

    async def seal(self, enrolled: EnrolledVectors) -> Template:
        """The vectors as a new version of the template, encrypted with the student's data key."""
        value = {
            "model": enrolled.model,
            "vectors": [{"vector": one.vector, "at": one.photo.at} for one in enrolled.vectors],
        }
        return Template(
            id=enrolled.template.id if enrolled.template else new_id(),
            student_id=enrolled.student_id,
            model=enrolled.model,
            version=new_id(),
            photos=[one.photo for one in enrolled.vectors],
            vectors=await self._vault.encrypt(student_key(enrolled.student_id), value),
        )

    async def keep(
        self, caller: Caller, student: ConsentedStudent, template: Template, before: Template | None, tx: Transaction
    ) -> None:
        """Keep a template, provided that the consent still stands at the commit.

        Raises:
            ConsentRequired: it was withdrawn meanwhile.
            EnrolmentConflict: somebody else changed the vectors meanwhile, or destroyed their key.
        """
        await self._consent.hold(caller, student, tx)
        await self._people.hold(caller, student.student_id, tx)
        await self._put(caller, template, before, tx)
        await self._audit.note(caller, "face enrolled", student.student_id, {"photos": len(template.photos)}, tx)

    async def keep_beside(
        self, caller: Caller, source: Template, template: Template, before: Template | None, tx: Transaction
    ) -> None:
        """Keep a template of another model, made of the same photos as `source`, while that is there.

        Raises:
            EnrolmentConflict: the source was changed or removed meanwhile, or such vectors are not made any more.
        """
        await self._people.hold(caller, source.student_id, tx)
        await self._models.check_made(caller, template.model, tx)
        if not await self._templates.is_same(caller, source, tx):
            raise EnrolmentConflict
        await self._put(caller, template, before, tx)
        told: dict[str, str | int] = {"photos": len(template.photos), "model": template.model}
        await self._audit.note(caller, "face enrolled for another model", template.student_id, told, tx)

    async def _put(self, caller: Caller, template: Template, before: Template | None, tx: Transaction) -> None:
        if not await self._vault.can_open(student_key(template.student_id), template.vectors):
            raise EnrolmentConflict
        await self._templates.put(caller, template, before, tx)

    async def remove_templates(self, caller: Caller, student_id: str, tx: Transaction) -> None:
        """Of every model, and the photos they were made of; what may just be made of them conflicts with it."""
        await self._people.hold(caller, student_id, tx)
        await self._photos.release(caller, student_id, tx)
        removed = await self._templates.remove(caller, student_id, tx)
        await self._audit.note(caller, "face data removed", student_id, {"templates": removed}, tx)

    async def remove_templates_before(self, caller: Caller, student_id: str, until: datetime, tx: Transaction) -> int:
        """How many templates were removed: a face that was enrolled anew since `until` stays."""
        await self._people.hold(caller, student_id, tx)
        await self._photos.release(caller, student_id, tx, until)
        return await self._templates.remove_made_before(caller, student_id, until, tx)

    async def destroy_key(self, caller: Caller, student_id: str) -> None:
        """After the removal is committed: make copies of the vectors and photos, wherever they lie, unreadable.

        A repeated removal may come after a new enrolment, whose key must stay, or in the middle of one, which then
        finds that its key is gone.
        """

        async def destroy(tx: Transaction) -> None:
            await self._people.hold(caller, student_id, tx)
            if not await self._templates.of_any_model(caller, [student_id], tx):
                await self._vault.destroy(student_key(student_id))

        await self._transactions.run(destroy)
        await self._photos.clear(caller, student_id)

    async def face_states(self, caller: Caller, student_ids: Sequence[str]) -> dict[str, FaceState]:
        """What may be told of each student's face data."""
        consenting = await self._consent.consenting(caller, student_ids)
        model = await self._models.named(caller)
        found = await self._templates.of_any_model(caller, student_ids)
        latest = {one.student_id: one for one in found if model in {None, one.model}}
        return {
            student_id: FaceState(
                consented=student_id in consenting,
                photos=len(latest[student_id].photos) if student_id in latest else 0,
                model=latest[student_id].model if student_id in latest else None,
            )
            for student_id in student_ids
        }

    async def with_a_face(self, caller: Caller, student_ids: Sequence[str]) -> set[str]:
        """Those of the students whom photos can show, since a face of theirs is enrolled."""
        return await self._templates.students_with_one(caller, student_ids, await self._models.named(caller))

    async def versions(self, caller: Caller, student_ids: Sequence[str], model: str) -> list[str]:
        """The versions of those templates: they change whenever a vector does, and cost no decryption."""
        return await self._templates.versions(caller, student_ids, model)

    async def templates(self, caller: Caller, student_ids: Sequence[str], model: str) -> list[Template]:
        """The templates of those students who have one of this model, by student id, still encrypted."""
        return await self._templates.of_model(caller, student_ids, model)

    async def templates_after(self, caller: Caller, model: str, student_id: str, most: int) -> list[Template]:
        """Templates of a model by student id, some at a time, those behind one."""
        return await self._templates.after(caller, model, student_id, most)

    async def uncompared(self, caller: Caller, most: int) -> list[Template]:
        """Templates that were not compared with the rest of the school since they last changed."""
        return await self._templates.uncompared(caller, await self._models.named(caller), most)

    async def students_of(self, caller: Caller, model: str) -> set[str]:
        """All students who have vectors of a model."""
        return await self._templates.students_of(caller, model)

    async def remove_some(self, caller: Caller, model: str, most: int) -> int:
        """How many templates of a model that nobody is to be recognised by any more were removed; 0: none is left."""
        return await self._templates.remove_some(caller, model, most)

    async def compared(self, caller: Caller, template: Template) -> None:
        await self._templates.set_compared(caller, template)

    async def faces(self, templates: Sequence[Template]) -> list[EnrolledFace]:
        """The templates' vectors, readable; students whose key was destroyed are left out."""
        read = [(template.student_id, await self._read(template)) for template in templates]
        return [EnrolledFace(student, [one.vector for one in vectors]) for student, vectors in read if vectors]

    async def readable(self, caller: Caller) -> tuple[int, int]:
        """Of how many templates the vectors can be read with the keys there are, and how many there are."""
        read, every = 0, 0
        async for some in self._templates.every(caller):
            read += sum([bool(await self._read(template)) for template in some])
            every += len(some)
        return read, every

    async def _read(self, template: Template) -> list[PhotoVector]:
        try:
            value = await self._vault.decrypt(template.vectors)
        except KeyDestroyedError:
            log.warning("template_unreadable", student_id=template.student_id)
            return []
        pairs = zip(value["vectors"], template.photos, strict=True)
        return [PhotoVector(kept["vector"], photo) for kept, photo in pairs]


def digest(photo: bytes) -> str:
    """What tells that two photos are the same bytes."""
    return hashlib.sha256(photo).hexdigest()
