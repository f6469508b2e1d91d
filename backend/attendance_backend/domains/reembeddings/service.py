"""Keeps a change of models, whose turn it is, and the one choice that a switch changes. It makes no vector."""

from collections.abc import Mapping, Sequence
from typing import Any

from attendance_backend.documents import new_id
from attendance_backend.domains.audit.service import AuditService
from attendance_backend.domains.enrolment.models.service import ModelService
from attendance_backend.domains.identity.schemas import SYSTEM, Caller
from attendance_backend.domains.reembeddings.errors import ReembeddingState
from attendance_backend.domains.reembeddings.policy import GRACE, HELD_FOR, LEASE, pause_after
from attendance_backend.domains.reembeddings.repository import ReembeddingRepository
from attendance_backend.domains.reembeddings.schemas import (
    Concerned,
    Kind,
    Measured,
    Phase,
    Reembedding,
    RunState,
)
from attendance_backend.paging import Page, PageRequest
from attendance_backend.ports.clock import Clock
from attendance_backend.ports.store import Transaction, Transactions
from attendance_kit.errors import NotFound

COMPARED = frozenset([Kind.HARDER, Kind.EASIER, Kind.ALIKE])
NOT_COMPARED = {"before": Measured().model_dump(), "now": Measured().model_dump(), "harder": 0, "easier": 0, "alike": 0}
NOT_BEGUN = {**NOT_COMPARED, "students": 0, "done": 0, "missing": 0, "fewer": 0, "error_code": None, "tries": 0}


class ReembeddingService:
    def __init__(
        self,
        runs: ReembeddingRepository,
        models: ModelService,
        audit: AuditService,
        transactions: Transactions,
        clock: Clock,
    ) -> None:
        self._runs = runs
        self._models = models
        self._audit = audit
        self._transactions = transactions
        self._clock = clock

    async def start(self, caller: Caller, to_model: str, tx: Transaction) -> Reembedding:
        """A new change, for a worker to take up. Raises ReembeddingOpen."""
        now = self._clock.now()
        run = Reembedding(id=new_id(), to_model=to_model, by=caller.id, created_at=now, due=now)
        await self._runs.add(caller, run, tx)
        await self._audit.note(caller, "re-embedding begun", run.id, {"model": to_model}, tx)
        return run

    async def found(self, caller: Caller, run_id: str, tx: Transaction | None = None) -> Reembedding:
        """Raises NotFound."""
        if run := await self._runs.by_id(caller, run_id, tx):
            return run
        raise NotFound

    async def open(self, caller: Caller) -> Reembedding | None:
        """The one that is not over."""
        return await self._runs.open(caller)

    async def page(self, caller: Caller, page: PageRequest) -> Page[Reembedding]:
        return await self._runs.page(caller, page)

    async def concerned(self, caller: Caller, run_id: str, kind: Kind, page: PageRequest) -> Page[Concerned]:
        return await self._runs.concerned(caller, run_id, kind, page)

    async def cancel(self, caller: Caller, run_id: str, tx: Transaction) -> Reembedding:
        """Stop it where it is. What was made stays for `resume` or `discard`; new faces get no vectors of it."""
        run = await self.found(caller, run_id, tx)
        if run.from_model:
            await self._models.choose(caller, run.from_model, None, tx)
        change = {"state": RunState.CANCELLED, "due": None, "lease": None}
        return await self._move(caller, run, RunState.RUNNING, change, "cancelled", tx)

    async def resume(self, caller: Caller, run_id: str, tx: Transaction) -> Reembedding:
        """Go through all students again; who has their vectors already costs nothing."""
        run = await self.found(caller, run_id, tx)
        await self._runs.untell(caller, run_id, list(Kind), tx)
        change = {"state": RunState.RUNNING, "phase": Phase.PREPARING, "due": self._clock.now(), "after": ""}
        return await self._move(caller, run, RunState.CANCELLED, {**NOT_BEGUN, **change}, "resumed", tx)

    async def compare(self, caller: Caller, run_id: str, tx: Transaction) -> Reembedding:
        """Look for photos again that were enrolled meanwhile, and compare once more."""
        run = await self.found(caller, run_id, tx)
        await self._runs.untell(caller, run_id, list(Kind), tx)
        change = {"state": RunState.RUNNING, "phase": Phase.PREPARING, "due": self._clock.now(), "after": ""}
        return await self._move(caller, run, RunState.READY, {**NOT_BEGUN, **change}, "compared again", tx)

    async def switch(self, caller: Caller, run_id: str, tx: Transaction) -> Reembedding:
        """From the commit on, whoever asks for the model gets the new one; the one before goes on beside it."""
        run = await self.found(caller, run_id, tx)
        await self._models.choose(caller, run.to_model, run.from_model, tx)
        change = {"state": RunState.SWITCHED, "switched_at": self._clock.now()}
        return await self._move(caller, run, RunState.READY, change, "switched", tx)

    async def roll_back(self, caller: Caller, run_id: str, tx: Transaction) -> Reembedding:
        run = await self.found(caller, run_id, tx)
        await self._models.choose(caller, str(run.from_model), run.to_model, tx)
        change = {"state": RunState.READY, "switched_at": None}
        return await self._move(caller, run, RunState.SWITCHED, change, "rolled back", tx)

    async def discard(self, caller: Caller, run_id: str, tx: Transaction) -> Reembedding:
        """Give up the way back, or after a cancellation the way on: a worker removes those vectors a minute later.

        Raises:
            ReembeddingState: it runs, or is over.
        """
        run = await self.found(caller, run_id, tx)
        if run.state not in {RunState.CANCELLED, RunState.READY, RunState.SWITCHED}:
            raise ReembeddingState
        stays = run.to_model if run.switched_at else run.from_model
        if stays:
            await self._models.choose(caller, stays, None, tx)
        change = {"state": RunState.DISCARDING, "due": self._clock.now() + GRACE, "lease": None}
        return await self._move(caller, run, run.state, change, "discarded", tx)

    async def discard_old(self) -> None:
        """Discard the model before, once the way back was there for long enough."""
        run = await self._runs.open(SYSTEM)
        if run is None or run.state is not RunState.SWITCHED or run.switched_at is None:
            return
        if run.switched_at + HELD_FOR <= self._clock.now():
            await self._transactions.run(lambda tx: self.discard(SYSTEM, run.id, tx))

    async def take(self, caller: Caller) -> Reembedding | None:
        """Lease what is due. None: there is nothing."""
        now = self._clock.now()
        return await self._runs.take(caller, now, now + LEASE, new_id())

    async def renew(self, caller: Caller, held: Reembedding) -> bool:
        """Keep the lease longer; False when it is ours no longer."""
        return await self._runs.settle(caller, held, {"due": self._clock.now() + LEASE})

    async def put_back(self, caller: Caller, held: Reembedding, why: str) -> None:
        """Nobody can look at photos just now: again after a while."""
        change = {"due": self._clock.now() + pause_after(held.tries), "tries": held.tries + 1, "error_code": why}
        await self._runs.settle(caller, held, change)

    async def fail(self, caller: Caller, held: Reembedding, why: str) -> None:
        change = {"state": RunState.FAILED, "open": False, "due": None, "lease": None, "error_code": why}
        await self._runs.settle(caller, held, change)

    async def prepared(self, caller: Caller, held: Reembedding, from_model: str, students: int) -> None:
        """Begin to make vectors: from now on every new photo gets those of both models."""
        change = {"from_model": from_model, "students": students, "phase": Phase.EMBEDDING, **self._again()}

        async def choose(tx: Transaction) -> None:
            if await self._runs.settle(caller, held, change, tx):
                await self._models.choose(caller, from_model, held.to_model, tx)

        await self._transactions.run(choose)

    async def went_on(
        self, caller: Caller, held: Reembedding, change: Mapping[str, Any], concerned: Sequence[Concerned] = ()
    ) -> None:
        """Keep what a step has found; the next step is anybody's."""
        await self._runs.tell(caller, concerned)
        await self._runs.settle(caller, held, {**change, **self._again()})

    async def ended(self, caller: Caller, held: Reembedding, state: RunState) -> None:
        change = {"state": state, "open": state is not RunState.OVER, "due": None, "lease": None, "error_code": None}
        await self._runs.settle(caller, held, change)

    async def forget(self, caller: Caller, student_id: str) -> None:
        """Forget what was said of a student whose face is erased."""
        await self._runs.forget(caller, student_id)

    def _again(self) -> dict[str, Any]:
        return {"due": self._clock.now(), "tries": 0, "error_code": None}

    async def _move(
        self, caller: Caller, run: Reembedding, state: RunState, change: Mapping[str, Any], what: str, tx: Transaction
    ) -> Reembedding:
        if not await self._runs.move(caller, run.id, state, change, tx):
            raise ReembeddingState
        await self._audit.note(caller, f"re-embedding {what}", run.id, {"model": run.to_model}, tx)
        return Reembedding.model_validate({**run.model_dump(), **change})
