"""Records consents and their end, and proves that there is one. It erases nothing itself."""

from collections.abc import Sequence

from attendance_backend.documents import new_id
from attendance_backend.domains.audit.service import AuditService
from attendance_backend.domains.consent.errors import ConsentRequired
from attendance_backend.domains.consent.policy import says_the_same
from attendance_backend.domains.consent.repository import ConsentRepository
from attendance_backend.domains.consent.schemas import (
    Consent,
    ConsentedStudent,
    EndedAs,
    Ending,
    NewConsent,
    Purpose,
    Withdrawal,
)
from attendance_backend.domains.identity.schemas import Caller
from attendance_backend.paging import Page, PageRequest
from attendance_backend.ports.clock import Clock
from attendance_backend.ports.store import Transaction

FACES = Purpose.FACE_RECOGNITION


class ConsentService:
    def __init__(self, consents: ConsentRepository, audit: AuditService, clock: Clock) -> None:
        self._consents = consents
        self._audit = audit
        self._clock = clock

    async def give(self, caller: Caller, student_id: str, new: NewConsent, tx: Transaction) -> Consent:
        """The consent on record: a new one, or the one in force if it says the same. Another one in force ends."""
        before = await self._consents.in_force(caller, student_id, new.purpose, tx)
        if before and says_the_same(before, new):
            return before
        if before:
            await self._consents.end(caller, before.id, self._ending(caller, EndedAs.SUPERSEDED, None), tx)
        consent = Consent(
            id=new_id(),
            student_id=student_id,
            **new.model_dump(),
            given_at=self._clock.now(),
            recorded_by=caller.id,
        )
        await self._consents.add(caller, consent, tx)
        await self._audit.note(caller, "consent given", student_id, {"text_version": new.text_version}, tx)
        return consent

    async def withdraw(self, caller: Caller, student_id: str, given: Withdrawal, tx: Transaction) -> Consent:
        """The consent that thereby ended.

        Raises:
            ConsentRequired: none is in force.
        """
        consent = await self._consents.in_force(caller, student_id, FACES, tx)
        if consent is None:
            raise ConsentRequired
        ending = self._ending(caller, EndedAs.WITHDRAWN, given.reason)
        await self._consents.end(caller, consent.id, ending, tx)
        await self._audit.note(caller, "consent withdrawn", student_id, {}, tx)
        return consent.model_copy(update={"ended": ending})

    async def consented(self, caller: Caller, student_id: str) -> ConsentedStudent:
        """The proof that a student's face may be encoded.

        Raises:
            ConsentRequired: no consent is in force.
        """
        consent = await self._consents.in_force(caller, student_id, FACES)
        if consent is None:
            raise ConsentRequired
        return ConsentedStudent(consent)

    async def hold(self, caller: Caller, student: ConsentedStudent, tx: Transaction) -> None:
        """Make sure that the consent is still in force when the transaction commits.

        Raises:
            ConsentRequired: it was withdrawn meanwhile.
        """
        if not await self._consents.hold(caller, student.consent_id, tx):
            raise ConsentRequired

    async def consenting(self, caller: Caller, student_ids: Sequence[str]) -> set[str]:
        """Those of the students who have consented to face recognition."""
        return await self._consents.in_force_for(caller, student_ids, FACES)

    async def page(self, caller: Caller, student_id: str, page: PageRequest) -> Page[Consent]:
        return await self._consents.page(caller, student_id, page)

    def _ending(self, caller: Caller, how: EndedAs, reason: str | None) -> Ending:
        return Ending(at=self._clock.now(), by=caller.id, how=how, reason=reason)
