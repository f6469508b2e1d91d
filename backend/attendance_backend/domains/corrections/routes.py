"""Correction requests: students ask, teachers and the office answer."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from attendance_backend.access import allowed
from attendance_backend.domains.attendance.errors import SessionLocked, SessionNotClosed
from attendance_backend.domains.corrections.errors import RequestAnswered, RequestOpen
from attendance_backend.domains.corrections.flows import CorrectionFlows
from attendance_backend.domains.corrections.schemas import (
    CorrectionRequestView,
    Grant,
    NewCorrectionRequest,
    RefusalGiven,
    RequestState,
)
from attendance_backend.domains.corrections.service import CorrectionRequestService
from attendance_backend.domains.identity.schemas import Caller, Permission
from attendance_backend.once import Once
from attendance_backend.paging import AskedPage, Page
from attendance_backend.provide import provided
from attendance_contract.errors import Problem
from attendance_kit.errors import NotFound, problem_responses

router = APIRouter(prefix="/api/v1", tags=["corrections"])
Flows = Annotated[CorrectionFlows, Depends(provided(CorrectionFlows))]
Requests = Annotated[CorrectionRequestService, Depends(provided(CorrectionRequestService))]
Asker = Annotated[Caller, allowed(Permission.ASK_FOR_CORRECTION)]
Corrector = Annotated[Caller, allowed(Permission.CORRECT_RECORDS)]
Reader = Annotated[Caller, allowed(Permission.SEE_RECORDS)]
View = CorrectionRequestView
ONE = "/correction-requests/{correction_request_id}"


@router.post(
    "/correction-requests",
    status_code=201,
    response_model=View,
    responses=problem_responses(Problem, [NotFound, RequestOpen]),
)
async def ask_for_correction(new: NewCorrectionRequest, caller: Asker, flows: Flows, once: Once) -> Response:
    """Ask to have one of one's own records corrected."""
    return await once(caller, lambda tx: flows.ask(caller, new, tx))


@router.get("/correction-requests")
async def correction_requests(
    caller: Corrector,
    requests: Requests,
    page: AskedPage,
    state: RequestState | None = None,
    subject_id: str | None = None,
) -> Page[View]:
    asked = {"state": state, "subject_id": subject_id}
    wanted = {name: str(value) for name, value in asked.items() if value}
    return (await requests.page(caller, wanted, page)).map(View.model_validate)


@router.get("/students/{student_id}/correction-requests", responses=problem_responses(Problem, [NotFound]))
async def correction_requests_of_student(student_id: str, caller: Reader, flows: Flows, page: AskedPage) -> Page[View]:
    return await flows.page_of_student(caller, student_id, page)


@router.post(
    f"{ONE}/grant",
    response_model=View,
    responses=problem_responses(Problem, [NotFound, RequestAnswered, SessionNotClosed, SessionLocked]),
)
async def grant_correction(
    correction_request_id: str, given: Grant, caller: Corrector, flows: Flows, once: Once
) -> Response:
    """Correct the record as asked."""
    return await once(caller, lambda tx: flows.grant(caller, correction_request_id, given, tx))


@router.post(f"{ONE}/refuse", response_model=View, responses=problem_responses(Problem, [NotFound, RequestAnswered]))
async def refuse_correction(
    correction_request_id: str, given: RefusalGiven, caller: Corrector, flows: Flows, once: Once
) -> Response:
    return await once(caller, lambda tx: flows.refuse(caller, correction_request_id, given, tx))


@router.post(f"{ONE}/withdraw", response_model=View, responses=problem_responses(Problem, [NotFound, RequestAnswered]))
async def withdraw_correction_request(correction_request_id: str, caller: Asker, flows: Flows, once: Once) -> Response:
    return await once(caller, lambda tx: flows.withdraw(caller, correction_request_id, tx))
