"""Enrolling a face: consent first, then each photo accepted or refused with reasons, then all accepted ones kept."""

from collections.abc import Sequence
from dataclasses import dataclass

from attendance_backend.domains.consent.schemas import ConsentedStudent
from attendance_backend.domains.consent.service import ConsentService
from attendance_backend.domains.enrolment.errors import EnrolmentConflict, NotSamePerson, TooManyFacePhotos
from attendance_backend.domains.enrolment.models.service import ModelService
from attendance_backend.domains.enrolment.photos.service import KeptPhotoService
from attendance_backend.domains.enrolment.schemas import EnrolledVectors, EnrolmentOutcome, PhotoOutcome
from attendance_backend.domains.enrolment.service import EnrolmentService, digest
from attendance_backend.domains.identity.schemas import Caller
from attendance_backend.domains.people.service import PeopleService
from attendance_backend.ports.faces import MlAnswerInvalid, MlUnavailable, PhotoRefused
from attendance_backend.ports.store import Transaction, Transactions
from attendance_backend.uploads import check_image
from attendance_kit.errors import ServiceError

PERSONS_TO_MEND = (PhotoRefused, NotSamePerson, TooManyFacePhotos)


@dataclass(frozen=True)
class EnrolmentFlows:
    enrolment: EnrolmentService
    models: ModelService
    kept_photos: KeptPhotoService
    consent: ConsentService
    people: PeopleService
    transactions: Transactions

    async def enrol(
        self, caller: Caller, student_id: str, photos: Sequence[bytes], *, dry_run: bool = False
    ) -> EnrolmentOutcome:
        """Enrol the photos that will do; where somebody else enrolled some meanwhile, all are looked at again, once.

        A dry run looks at all of them and keeps nothing.

        Raises:
            NotFound, ConsentRequired: before any photo is looked at.
            PhotoRefused, NotSamePerson, TooManyFacePhotos: none will do; the first refusal, `details.photos` has all.
            MlUnavailable, MlAnswerInvalid: nothing was kept.
            EnrolmentConflict: somebody else was faster again.
        """
        try:
            return await self._enrol(caller, student_id, photos, dry_run=dry_run)
        except EnrolmentConflict:
            return await self._enrol(caller, student_id, photos, dry_run=dry_run)

    async def _enrol(
        self, caller: Caller, student_id: str, photos: Sequence[bytes], *, dry_run: bool
    ) -> EnrolmentOutcome:
        await self.people.student(caller, student_id)
        student = await self.consent.consented(caller, student_id)
        before = await self.enrolment.enrolled(caller, student_id, await self.enrolment.current_model(caller))
        after, outcomes, refusals = await self._look_at(caller, student, before, photos)
        if refusals and len(refusals) == len(photos):
            refusals[0].details["photos"] = [outcome.model_dump(mode="json") for outcome in outcomes]
            raise refusals[0]
        if after is not before and not dry_run:
            await self._keep(caller, student, after, _new(photos, before, after))
        accepted = len(photos) - len(refusals)
        return EnrolmentOutcome(accepted=accepted, stored=len(after.vectors), photos=outcomes)

    async def remove(self, caller: Caller, student_id: str, tx: Transaction) -> None:
        await self.people.student(caller, student_id, tx)
        await self.enrolment.remove_templates(caller, student_id, tx)

    async def _look_at(
        self, caller: Caller, student: ConsentedStudent, enrolled: EnrolledVectors, photos: Sequence[bytes]
    ) -> tuple[EnrolledVectors, list[PhotoOutcome], list[ServiceError]]:
        outcomes: list[PhotoOutcome] = []
        refusals: list[ServiceError] = []
        for index, photo in enumerate(photos):
            try:
                enrolled, outcome = await self._look_at_one(caller, student, enrolled, index, photo)
            except PERSONS_TO_MEND as refusal:
                refusals.append(refusal)
                outcome = _refused(index, refusal)
            outcomes.append(outcome)
        return enrolled, outcomes, refusals

    async def _look_at_one(
        self, caller: Caller, student: ConsentedStudent, enrolled: EnrolledVectors, index: int, photo: bytes
    ) -> tuple[EnrolledVectors, PhotoOutcome]:
        if enrolled.holds(digest(photo)):
            return enrolled, PhotoOutcome(index=index, accepted=True)
        check_image(photo)
        enrolled, quality = await self.enrolment.encode(caller, student, photo, enrolled)
        return enrolled, PhotoOutcome(index=index, accepted=True, reasons=quality.reasons, quality=quality)

    async def _keep(
        self, caller: Caller, student: ConsentedStudent, enrolled: EnrolledVectors, photos: dict[str, bytes]
    ) -> None:
        """Keep vectors of the new photos, those of the model beside too, and the photos where the school keeps them."""
        template = await self.enrolment.seal(enrolled)
        beside = await self._beside(caller, enrolled, photos)
        also = await self.enrolment.seal(beside) if beside else None
        sealed = await self.kept_photos.seal(caller, student.student_id, photos)

        async def keep(tx: Transaction) -> None:
            await self.enrolment.keep(caller, student, template, enrolled.template, tx)
            if beside and also:
                await self.enrolment.keep_beside(caller, template, also, beside.template, tx)
            await self.kept_photos.add(caller, sealed, tx)

        try:
            await self.transactions.run(keep)
        except ServiceError:  # refused for certain: of a database that went away nobody knows whether it was committed
            await self.kept_photos.drop(sealed)
            raise

    async def _beside(
        self, caller: Caller, enrolled: EnrolledVectors, photos: dict[str, bytes]
    ) -> EnrolledVectors | None:
        """The student's vectors of the model beside, as far as that one takes the new photos.

        None: there is no such model, or nothing new of it. It is never a reason to refuse what the current one took.
        """
        choice = await self.models.chosen(caller)
        other = {choice.model, choice.beside} - {enrolled.model, None} if choice else set()
        if choice is None or choice.beside is None or not other:
            return None
        before = await self.enrolment.enrolled(caller, enrolled.student_id, str(other.pop()))
        try:
            after, _ = await self.enrolment.encode_again(photos, [one.photo for one in enrolled.vectors], before)
        except (MlUnavailable, MlAnswerInvalid):
            return None
        return after if after is not before else None


def _new(photos: Sequence[bytes], before: EnrolledVectors, after: EnrolledVectors) -> dict[str, bytes]:
    """Those of the photos that were accepted and not enrolled before, by their digest."""
    sent = {digest(photo): photo for photo in photos}
    known = before.template.photos if before.model == after.model and before.template else []
    held = {one.photo.sha256 for one in after.vectors} - {photo.sha256 for photo in known}
    return {sha256: photo for sha256, photo in sent.items() if sha256 in held}


def _refused(index: int, refusal: ServiceError) -> PhotoOutcome:
    given = refusal.details.get("reasons")
    reasons = [str(reason) for reason in given] if isinstance(given, list) and given else [refusal.detail]
    return PhotoOutcome(index=index, accepted=False, error_code=refusal.code, reasons=reasons)
