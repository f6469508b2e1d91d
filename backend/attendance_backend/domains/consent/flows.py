"""Consent as a story: for a minor a guardian gives it, and when it is withdrawn the face data goes with it."""

from dataclasses import dataclass

from attendance_backend.domains.consent.policy import check_giver
from attendance_backend.domains.consent.schemas import ConsentView, NewConsent, Withdrawal
from attendance_backend.domains.consent.service import ConsentService
from attendance_backend.domains.identity.schemas import Caller
from attendance_backend.domains.people.service import PeopleService
from attendance_backend.domains.privacy.schemas import Ground
from attendance_backend.domains.privacy.service import ErasureService
from attendance_backend.paging import Page, PageRequest
from attendance_backend.ports.store import Transaction


@dataclass(frozen=True)
class ConsentFlows:
    consent: ConsentService
    people: PeopleService
    erasures: ErasureService

    async def give(self, caller: Caller, student_id: str, new: NewConsent, tx: Transaction) -> ConsentView:
        student = await self.people.student(caller, student_id, tx)
        check_giver(new, is_minor=student.is_minor)
        return ConsentView.model_validate(await self.consent.give(caller, student_id, new, tx))

    async def withdraw(self, caller: Caller, student_id: str, given: Withdrawal, tx: Transaction) -> ConsentView:
        await self.people.student(caller, student_id, tx)
        ended = await self.consent.withdraw(caller, student_id, given, tx)
        await self.erasures.ask(caller, student_id, Ground.WITHDRAWN, tx)
        return ConsentView.model_validate(ended)

    async def erase(self, caller: Caller, student_id: str) -> None:
        """After the withdrawal is committed: erase what it allowed."""
        await self.erasures.carry_out_of(caller, student_id)

    async def page(self, caller: Caller, student_id: str, page: PageRequest) -> Page[ConsentView]:
        await self.people.student(caller, student_id)
        return (await self.consent.page(caller, student_id, page)).map(ConsentView.model_validate)
