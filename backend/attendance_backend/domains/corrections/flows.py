"""Asking for a correction as a story: a student asks, a teacher or the office answers, the record changes or not."""

from dataclasses import dataclass

from attendance_backend.domains.attendance.service import SessionService
from attendance_backend.domains.corrections.schemas import (
    CorrectionRequestView,
    Grant,
    NewCorrectionRequest,
    RefusalGiven,
    RequestState,
)
from attendance_backend.domains.corrections.service import CorrectionRequestService
from attendance_backend.domains.identity.schemas import SYSTEM, Caller
from attendance_backend.domains.records.schemas import Correction, Source
from attendance_backend.domains.records.service import RecordService
from attendance_backend.paging import Page, PageRequest
from attendance_backend.ports.store import Transaction
from attendance_kit.errors import NotFound

View = CorrectionRequestView


@dataclass(frozen=True)
class CorrectionFlows:
    requests: CorrectionRequestService
    records: RecordService
    sessions: SessionService

    async def ask(self, caller: Caller, new: NewCorrectionRequest, tx: Transaction) -> View:
        """Ask for a correction of one's own record.

        Raises:
            NotFound: no such record of the caller's.
            RequestOpen.
        """
        record = await self.records.record(SYSTEM, new.record_id, tx)
        if not caller.may_see(record.student_id):
            raise NotFound
        return View.model_validate(await self.requests.ask(caller, record, new, tx))

    async def grant(self, caller: Caller, request_id: str, given: Grant, tx: Transaction) -> View:
        """Correct the record as asked; its history tells that it was, and the student's reason.

        Raises:
            NotFound: no such request for this caller.
            RequestAnswered, SessionNotClosed, SessionLocked.
        """
        request = await self.requests.open(caller, request_id, tx)
        record = await self.records.record(caller, request.record_id, tx)
        await self.sessions.hold_for_correction(caller, [record.session_id], tx)
        correction = Correction(status=request.status, reason=request.reason)
        await self.records.correct(caller, [(record, correction)], tx, Source.REQUEST)
        return View.model_validate(await self.requests.answer(caller, request, RequestState.GRANTED, given.answer, tx))

    async def refuse(self, caller: Caller, request_id: str, given: RefusalGiven, tx: Transaction) -> View:
        return await self._end(caller, request_id, RequestState.REFUSED, given.answer, tx)

    async def withdraw(self, caller: Caller, request_id: str, tx: Transaction) -> View:
        return await self._end(caller, request_id, RequestState.WITHDRAWN, None, tx)

    async def page_of_student(self, caller: Caller, student_id: str, page: PageRequest) -> Page[View]:
        """What was asked for about one student.

        Raises:
            NotFound: the caller is neither that student nor has them in their care.
        """
        if not caller.may_see(student_id):
            raise NotFound
        return (await self.requests.page(caller, {"student_id": student_id}, page)).map(View.model_validate)

    async def _end(
        self, caller: Caller, request_id: str, state: RequestState, answer: str | None, tx: Transaction
    ) -> View:
        request = await self.requests.open(caller, request_id, tx)
        return View.model_validate(await self.requests.answer(caller, request, state, answer, tx))
