"""`reembed`: another model's vectors of every enrolled face, begun, watched, switched to and rolled back."""

import argparse
from collections.abc import Awaitable, Callable

from attendance_backend.commands.area import Commands
from attendance_backend.commands.inside import run_inside
from attendance_backend.domains.identity.schemas import SYSTEM, Caller
from attendance_backend.domains.reembeddings.flows import ReembeddingFlows
from attendance_backend.domains.reembeddings.schemas import Measured, ReembeddingView
from attendance_backend.domains.reembeddings.service import ReembeddingService
from attendance_backend.ports.store import Transaction, Transactions
from attendance_backend.provide import Services
from attendance_kit.errors import NotFound

Move = Callable[[ReembeddingService, Caller, str, Transaction], Awaitable[object]]
MOVES: dict[str, tuple[Move, str]] = {
    "cancel": (ReembeddingService.cancel, "stop where it is; what was made stays"),
    "resume": (ReembeddingService.resume, "go on after a cancellation"),
    "compare": (ReembeddingService.compare, "compare the models again, after students were photographed again"),
    "roll-back": (ReembeddingService.roll_back, "recognise by the model before again"),
    "discard": (ReembeddingService.discard, "remove the vectors of the model that does not recognise, for good"),
}


def add_to(commands: Commands) -> None:
    asked = commands.add_parser("reembed", help="change the model that recognises").add_subparsers(required=True)
    start = asked.add_parser("start", help="make vectors of another model of all kept photos, in the background")
    start.add_argument("model", help="as name@version; the running backend has the ML service load it")
    start.set_defaults(run=_start)
    asked.add_parser("status", help="say how far it is, and how the models compare").set_defaults(run=_status)
    switch = asked.add_parser("switch", help="recognise by the new model from now on")
    switch.add_argument("--leave-out", type=int, default=0, metavar="N", help="so many students may have no vectors")
    switch.set_defaults(run=_switch)
    for name, (_, told) in MOVES.items():
        asked.add_parser(name, help=told).set_defaults(run=_move, move=name)


def _start(asked: argparse.Namespace) -> int:
    async def work(made: Services, transactions: Transactions) -> None:
        runs = made.get(ReembeddingService)
        await transactions.run(lambda tx: runs.start(SYSTEM, asked.model, tx))

    run_inside(work)
    return _status(asked)


def _switch(asked: argparse.Namespace) -> int:
    async def work(made: Services, transactions: Transactions) -> None:
        run, flows = await _open(made), made.get(ReembeddingFlows)
        await transactions.run(lambda tx: flows.switch(SYSTEM, run.id, asked.leave_out, tx))

    run_inside(work)
    return _status(asked)


def _move(asked: argparse.Namespace) -> int:
    async def work(made: Services, transactions: Transactions) -> None:
        run, runs = await _open(made), made.get(ReembeddingService)
        await transactions.run(lambda tx: MOVES[asked.move][0](runs, SYSTEM, run.id, tx))

    run_inside(work)
    return _status(asked)


def _status(_asked: argparse.Namespace) -> int:
    async def work(made: Services, _transactions: Transactions) -> ReembeddingView:
        return await _open(made)

    told = run_inside(work)
    print(f"{told.from_model or 'the current model'} -> {told.to_model}: {told.state}, {told.phase}")
    print(f"{told.done} of {told.students} students; {told.missing} to be photographed again, {told.fewer} in part")
    if told.error_code:
        print(f"waits: {told.error_code}")
    if told.now.students:
        print(f"before: {_measured(told.before)}\nnow:    {_measured(told.now)}")
        print(f"less surely recognised: {told.harder}, more surely: {told.easier}, alike only now: {told.alike}")
    return 0


async def _open(made: Services) -> ReembeddingView:
    """Raises NotFound: no change is open."""
    if run := await made.get(ReembeddingService).open(SYSTEM):
        return ReembeddingView.model_validate(run)
    raise NotFound("No change of models is open: it has not begun, has failed, or is over.")


def _measured(told: Measured) -> str:
    return (
        f"distance of a student's own photos {told.sum_of_distances / told.students:.3f} on average, "
        f"{told.uncertain} students uncertain, {told.missed} missed; of {told.pairs} pairs of different students "
        f"{told.below_uncertain} taken for one, {told.lookalikes} look-alikes"
    )
