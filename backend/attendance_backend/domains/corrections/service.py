"""Keeps what students ask to have corrected, and the answers. It changes no record."""

from collections.abc import AsyncIterator, Mapping

from attendance_backend.documents import new_id
from attendance_backend.domains.audit.service import AuditService
from attendance_backend.domains.corrections.errors import RequestAnswered
from attendance_backend.domains.corrections.repository import CorrectionRequestRepository
from attendance_backend.domains.corrections.schemas import CorrectionRequest, NewCorrectionRequest, RequestState
from attendance_backend.domains.identity.schemas import Caller
from attendance_backend.domains.records.schemas import AttendanceRecord
from attendance_backend.paging import Page, PageRequest
from attendance_backend.ports.clock import Clock
from attendance_backend.ports.store import Transaction
from attendance_kit.errors import NotFound


class CorrectionRequestService:
    def __init__(self, requests: CorrectionRequestRepository, audit: AuditService, clock: Clock) -> None:
        self._requests = requests
        self._audit = audit
        self._clock = clock

    async def ask(
        self, caller: Caller, record: AttendanceRecord, new: NewCorrectionRequest, tx: Transaction
    ) -> CorrectionRequest:
        """A new request about a record.

        Raises:
            RequestOpen: there is one that nobody answered yet.
        """
        request = CorrectionRequest(
            id=new_id(),
            record_id=record.id,
            session_id=record.session_id,
            subject_id=record.subject_id,
            student_id=record.student_id,
            date=record.date,
            before=record.status,
            status=new.status,
            reason=new.reason,
            state=RequestState.OPEN,
            asked_by=caller.id,
            asked_at=self._clock.now(),
        )
        await self._requests.add(caller, request, tx)
        await self._audit.note(caller, "correction asked for", record.id, {"request": request.id}, tx)
        return request

    async def open(self, caller: Caller, request_id: str, tx: Transaction) -> CorrectionRequest:
        """A request that waits for an answer.

        Raises:
            NotFound: there is none, or the caller has nothing to do with it.
            RequestAnswered: it does not wait any more.
        """
        found = await self._requests.by_id(caller, request_id, tx)
        if found is None:
            raise NotFound
        if found.state is not RequestState.OPEN:
            raise RequestAnswered
        return found

    async def answer(
        self, caller: Caller, request: CorrectionRequest, state: RequestState, answer: str | None, tx: Transaction
    ) -> CorrectionRequest:
        """The request with its answer."""
        told = request.told(caller, state, answer, self._clock.now())
        answered = request.model_copy(update=told)
        await self._requests.answer(caller, answered, tx)
        await self._audit.note(caller, f"correction request {state}", request.record_id, {"request": request.id}, tx)
        return answered

    def every(self, caller: Caller) -> AsyncIterator[list[CorrectionRequest]]:
        """Every request, some at a time."""
        return self._requests.every(caller)

    async def page(self, caller: Caller, wanted: Mapping[str, str], page: PageRequest) -> Page[CorrectionRequest]:
        return await self._requests.page(caller, wanted, page)
