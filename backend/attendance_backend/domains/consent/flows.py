"""Consent as a story: for a minor a guardian gives it, and when it is withdrawn the face data goes with it."""

from dataclasses import dataclass

from attendance_backend.domains.consent.policy import check_giver
from attendance_backend.domains.consent.schemas import ConsentView, GivenBy, NewConsent, OwnConsent, Withdrawal
from attendance_backend.domains.consent.service import ConsentService
from attendance_backend.domains.consent.texts.service import ConsentTextService
from attendance_backend.domains.identity.schemas import Caller, Role
from attendance_backend.domains.identity.service import IdentityService
from attendance_backend.domains.people.schemas import Student
from attendance_backend.domains.people.service import PeopleService
from attendance_backend.domains.privacy.schemas import Ground
from attendance_backend.domains.privacy.service import ErasureService
from attendance_backend.institution import Institution
from attendance_backend.paging import Page, PageRequest
from attendance_backend.ports.store import Transaction
from attendance_kit.errors import NotFound


@dataclass(frozen=True)
class ConsentFlows:
    consent: ConsentService
    people: PeopleService
    erasures: ErasureService
    texts: ConsentTextService
    identity: IdentityService
    institution: Institution

    async def give(self, caller: Caller, student_id: str, new: NewConsent, tx: Transaction) -> ConsentView:
        student = await self.people.student(caller, student_id, tx)
        check_giver(new, is_minor=student.is_minor_on((await self.institution.here()).today))
        return ConsentView.model_validate(await self.consent.give(caller, student_id, new, tx))

    async def give_own(self, caller: Caller, student_id: str, own: OwnConsent, tx: Transaction) -> ConsentView:
        """The consent of the caller: as the student, or as the guardian they sign in as.

        Raises:
            NotFound: the student is not they, nor in their care.
            GuardianRequired: a minor can't.
            ConsentTextUnknown: nobody has published what they say they have read.
        """
        student = await self._student(caller, student_id, tx)
        await self.texts.check(caller, own.text_version, tx)
        is_guardian = caller.role is Role.GUARDIAN
        new = NewConsent(
            purpose=own.purpose,
            text_version=own.text_version,
            given_by=GivenBy.GUARDIAN if is_guardian else GivenBy.STUDENT,
            guardian_name=(await self.identity.user(caller, caller.id)).name if is_guardian else None,
        )
        check_giver(new, is_minor=student.is_minor_on((await self.institution.here()).today))
        return ConsentView.model_validate(await self.consent.give(caller, student_id, new, tx))

    async def _student(self, caller: Caller, student_id: str, tx: Transaction | None = None) -> Student:
        if not caller.may_see(student_id):
            raise NotFound
        return await self.people.student(caller, student_id, tx)

    async def withdraw(self, caller: Caller, student_id: str, given: Withdrawal, tx: Transaction) -> ConsentView:
        await self._student(caller, student_id, tx)
        ended = await self.consent.withdraw(caller, student_id, given, tx)
        await self.erasures.ask(caller, student_id, Ground.WITHDRAWN, tx)
        return ConsentView.model_validate(ended)

    async def erase(self, caller: Caller, student_id: str) -> None:
        """After the withdrawal is committed: erase what it allowed."""
        await self.erasures.carry_out_of(caller, student_id)

    async def page(self, caller: Caller, student_id: str, page: PageRequest) -> Page[ConsentView]:
        await self._student(caller, student_id)
        return (await self.consent.page(caller, student_id, page)).map(ConsentView.model_validate)
