"""Changes to another model, for the office: begun, watched, cancelled, compared, switched to and rolled back."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Response

from attendance_backend.access import allowed
from attendance_backend.domains.identity.schemas import Caller, Permission
from attendance_backend.domains.reembeddings.errors import ReembeddingOpen, ReembeddingState, StudentsMissing
from attendance_backend.domains.reembeddings.flows import ReembeddingFlows
from attendance_backend.domains.reembeddings.schemas import (
    ConcernedView,
    Kind,
    NewReembedding,
    Reembedding,
    ReembeddingView,
    Switch,
)
from attendance_backend.domains.reembeddings.service import ReembeddingService
from attendance_backend.once import Once, Work
from attendance_backend.paging import AskedPage, Page
from attendance_backend.ports.store import Transaction
from attendance_backend.provide import provided
from attendance_contract.errors import Problem
from attendance_kit.errors import NotFound, problem_responses

router = APIRouter(prefix="/api/v1/reembeddings", tags=["re-embedding"])
Flows = Annotated[ReembeddingFlows, Depends(provided(ReembeddingFlows))]
Runs = Annotated[ReembeddingService, Depends(provided(ReembeddingService))]
Office = Annotated[Caller, allowed(Permission.MANAGE_SCHOOL)]
NOT_THERE = problem_responses(Problem, [NotFound])
MOVED = problem_responses(Problem, [NotFound, ReembeddingState])


@router.post(
    "", status_code=202, response_model=ReembeddingView, responses=problem_responses(Problem, [ReembeddingOpen])
)
async def begin_reembedding(new: NewReembedding, caller: Office, flows: Flows, once: Once) -> Response:
    """Make vectors of another model of all kept enrolment photos, in the background, while attendance goes on.

    `Location` tells how far it is.

    It fails with `MODEL_UNKNOWN` where the ML service has no such model or no calibration of it.
    """

    async def begin(tx: Transaction) -> ReembeddingView:
        return ReembeddingView.model_validate(await flows.runs.start(caller, new.model, tx))

    answer = await once(caller, begin)
    answer.headers["Location"] = f"{router.prefix}/{ReembeddingView.model_validate_json(bytes(answer.body)).id}"
    return await _then_work(flows, answer)


@router.get("")
async def reembeddings(caller: Office, runs: Runs, page: AskedPage) -> Page[ReembeddingView]:
    return (await runs.page(caller, page)).map(ReembeddingView.model_validate)


@router.get("/{reembedding_id}", responses=NOT_THERE)
async def reembedding(reembedding_id: str, caller: Office, runs: Runs) -> ReembeddingView:
    return ReembeddingView.model_validate(await runs.found(caller, reembedding_id))


@router.get("/{reembedding_id}/students", responses=NOT_THERE)
async def reembedding_students(
    reembedding_id: str, caller: Office, flows: Flows, page: AskedPage, kind: Kind = Kind.PHOTOGRAPH_AGAIN
) -> Page[ConcernedView]:
    """Whom to photograph again, and for whom the new model changes something."""
    return await flows.concerned(caller, reembedding_id, kind, page)


@router.post("/{reembedding_id}/cancel", response_model=ReembeddingView, responses=MOVED)
async def cancel_reembedding(reembedding_id: str, caller: Office, runs: Runs, once: Once) -> Response:
    """Stop; what was made stays, for `resume` or `discard`."""
    return await once(caller, _moving(runs.cancel, caller, reembedding_id))


@router.post("/{reembedding_id}/resume", response_model=ReembeddingView, responses=MOVED)
async def resume_reembedding(reembedding_id: str, caller: Office, flows: Flows, once: Once) -> Response:
    """Go on after a cancellation."""
    return await _then_work(flows, await once(caller, _moving(flows.runs.resume, caller, reembedding_id)))


@router.post("/{reembedding_id}/compare", response_model=ReembeddingView, responses=MOVED)
async def compare_reembedding(reembedding_id: str, caller: Office, flows: Flows, once: Once) -> Response:
    """Compare the two models once more, after students were photographed again."""
    return await _then_work(flows, await once(caller, _moving(flows.runs.compare, caller, reembedding_id)))


@router.post(
    "/{reembedding_id}/switch",
    response_model=ReembeddingView,
    responses=problem_responses(Problem, [NotFound, ReembeddingState, StudentsMissing]),
)
async def switch_reembedding(reembedding_id: str, given: Switch, caller: Office, flows: Flows, once: Once) -> Response:
    """Recognise by the new model from now on. Photos under way end with the model they began with."""
    return await once(caller, lambda tx: flows.switch(caller, reembedding_id, given.leave_out, tx))


@router.post("/{reembedding_id}/roll-back", response_model=ReembeddingView, responses=MOVED)
async def roll_back_reembedding(reembedding_id: str, caller: Office, runs: Runs, once: Once) -> Response:
    """Recognise by the model before again; its vectors are there for 30 days after a switch."""
    return await once(caller, _moving(runs.roll_back, caller, reembedding_id))


@router.post("/{reembedding_id}/discard", response_model=ReembeddingView, responses=MOVED)
async def discard_reembedding(reembedding_id: str, caller: Office, flows: Flows, once: Once) -> Response:
    """Remove the vectors of that model which does not recognise, for good."""
    return await _then_work(flows, await once(caller, _moving(flows.runs.discard, caller, reembedding_id)))


def _moving(
    move: Callable[[Caller, str, Transaction], Awaitable[Reembedding]], caller: Caller, reembedding_id: str
) -> Work:
    async def work(tx: Transaction) -> ReembeddingView:
        return ReembeddingView.model_validate(await move(caller, reembedding_id, tx))

    return work


async def _then_work(flows: ReembeddingFlows, answer: Response) -> Response:
    flows.leftover.set()
    return answer
