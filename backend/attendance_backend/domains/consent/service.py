"""Records consents and their end, and proves that there is one. It erases nothing itself."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime

from attendance_backend.documents import new_id
from attendance_backend.domains.audit.service import AuditService
from attendance_backend.domains.consent.errors import ConsentRequired, GuardianRequired
from attendance_backend.domains.consent.policy import check_giver, says_the_same
from attendance_backend.domains.consent.repository import ConsentRepository
from attendance_backend.domains.consent.schemas import (
    Consent,
    ConsentedStudent,
    EndedAs,
    Ending,
    Given,
    NewConsent,
    Purpose,
    Withdrawal,
)
from attendance_backend.domains.identity.schemas import Caller
from attendance_backend.paging import Page, PageRequest
from attendance_backend.ports.clock import Clock
from attendance_backend.ports.store import Transaction
from attendance_kit.errors import ServiceError

FACES = Purpose.FACE_RECOGNITION


def refusal_of(new: NewConsent, *, is_minor: bool) -> ServiceError | None:
    """Why a consent does not count, if it does not."""
    try:
        check_giver(new, is_minor=is_minor)
    except GuardianRequired as refusal:
        return refusal
    return None


def is_news(before: Consent | None, new: NewConsent) -> bool:
    """Whether a consent says what the one in force does not."""
    return before is None or not says_the_same(before, new)


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

    async def known(
        self, caller: Caller, student_ids: Sequence[str], tx: Transaction | None = None
    ) -> Mapping[str, Consent]:
        """The consents to face recognition in force, by student."""
        found = await self._consents.all_in_force(caller, student_ids, FACES, tx)
        return {consent.student_id: consent for consent in found}

    async def give_many(self, caller: Caller, given: Sequence[Given], tx: Transaction) -> None:
        """Record consents that differ from those in force, which end. Whoever records them notes it."""
        before = await self.known(caller, [one.student_id for one in given], tx)
        ended = [consent.id for consent in before.values()]
        await self._consents.end_many(caller, ended, self._ending(caller, EndedAs.SUPERSEDED, None), tx)
        consents = [
            Consent(
                id=new_id(),
                student_id=one.student_id,
                **one.consent.model_dump(),
                given_at=one.given_at,
                recorded_by=caller.id,
            )
            for one in given
        ]
        await self._consents.add_many(caller, consents, tx)

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

    async def end_given_before(self, caller: Caller, student_id: str, until: datetime, tx: Transaction) -> None:
        """End the consent in force if it was given before `until`, since what it allowed is erased."""
        consent = await self._consents.in_force(caller, student_id, FACES, tx)
        if consent and consent.given_at < until:
            await self._consents.end(caller, consent.id, self._ending(caller, EndedAs.ERASED, None), tx)

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

    def every(self, caller: Caller) -> AsyncIterator[list[Consent]]:
        """Every consent, also those that ended, some at a time."""
        return self._consents.every(caller)

    async def page(self, caller: Caller, student_id: str, page: PageRequest) -> Page[Consent]:
        return await self._consents.page(caller, student_id, page)

    def _ending(self, caller: Caller, how: EndedAs, reason: str | None) -> Ending:
        return Ending(at=self._clock.now(), by=caller.id, how=how, reason=reason)
