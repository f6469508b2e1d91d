"""What a person asks for, or the office for them."""

from dataclasses import dataclass

from attendance_backend.domains.identity.schemas import Caller
from attendance_backend.domains.people.service import PeopleService
from attendance_backend.domains.privacy.schemas import ErasureView, Ground
from attendance_backend.domains.privacy.service import ErasureService
from attendance_backend.paging import Page, PageRequest
from attendance_backend.ports.store import Transaction
from attendance_kit.errors import NotFound


@dataclass(frozen=True)
class PrivacyFlows:
    erasures_kept: ErasureService
    people: PeopleService

    async def erase(self, caller: Caller, student_id: str, tx: Transaction) -> ErasureView:
        await self._check(caller, student_id, tx)
        return ErasureView.model_validate(await self.erasures_kept.ask(caller, student_id, Ground.ASKED, tx))

    async def carry_out(self, caller: Caller, student_id: str) -> None:
        """Do what was asked for this student, and what was asked before and not finished."""
        await self.erasures_kept.carry_out_of(caller, student_id)

    async def erasures(self, caller: Caller, student_id: str, page: PageRequest) -> Page[ErasureView]:
        await self._check(caller, student_id, None)
        return (await self.erasures_kept.page(caller, student_id, page)).map(ErasureView.model_validate)

    async def _check(self, caller: Caller, student_id: str, tx: Transaction | None) -> None:
        if not caller.may_see(student_id):
            raise NotFound
        await self.people.student(caller, student_id, tx)
