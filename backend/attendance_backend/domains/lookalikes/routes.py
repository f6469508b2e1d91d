"""Cases of students who look alike, for the office to resolve."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from attendance_backend.access import allowed
from attendance_backend.domains.enrolment.service import EnrolmentService
from attendance_backend.domains.identity.schemas import Caller, Permission
from attendance_backend.domains.lookalikes.errors import CaseResolved, NotOfThisPair
from attendance_backend.domains.lookalikes.schemas import CaseState, LookalikesView, Resolution
from attendance_backend.domains.lookalikes.service import LookalikesService
from attendance_backend.once import Once
from attendance_backend.paging import AskedPage, Page
from attendance_backend.ports.store import Transaction
from attendance_backend.provide import provided
from attendance_contract.errors import Problem
from attendance_kit.errors import NotFound, problem_responses

router = APIRouter(prefix="/api/v1/lookalikes", tags=["enrolment"])
Cases = Annotated[LookalikesService, Depends(provided(LookalikesService))]
Enrolment = Annotated[EnrolmentService, Depends(provided(EnrolmentService))]
Office = Annotated[Caller, allowed(Permission.ENROL_FACES)]


@router.get("")
async def lookalikes(
    caller: Office, cases: Cases, page: AskedPage, state: CaseState | None = None
) -> Page[LookalikesView]:
    """Pairs of students whose faces can't be told apart. Until one is resolved, both go to review."""
    return (await cases.page(caller, state, page)).map(LookalikesView.model_validate)


@router.post(
    "/{lookalikes_id}/resolve",
    response_model=LookalikesView,
    responses=problem_responses(Problem, [NotFound, CaseResolved, NotOfThisPair]),
)
async def resolve_lookalikes(
    lookalikes_id: str, given: Resolution, caller: Office, cases: Cases, enrolment: Enrolment, once: Once
) -> Response:
    """Say that they are twins, who then always go to review, or whose enrolment was wrong: that face is removed."""

    async def resolve(tx: Transaction) -> LookalikesView:
        return LookalikesView.model_validate(await cases.resolve(caller, lookalikes_id, given, tx))

    answer = await once(caller, resolve)
    if given.student_id is not None:
        await enrolment.destroy_key(caller, given.student_id)
    return answer
