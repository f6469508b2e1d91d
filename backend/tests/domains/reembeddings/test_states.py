"""A change of models in any order of steps: what recognises, and which vectors there are, is always as promised."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from typing import Any, ClassVar

import pytest
from backend.tests.domains.attendance.school import OFFICE, a_school
from backend.tests.domains.reembeddings.story import Change, Move
from backend.tests.simulator import MODEL, NEXT_MODEL
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from attendance_backend.adapters.mongo import Client
from attendance_backend.domains.enrolment.models.service import ModelService
from attendance_backend.domains.reembeddings.errors import ReembeddingState
from attendance_backend.domains.reembeddings.schemas import Reembedding, RunState

STUDENTS = 2
PLAN = settings(
    max_examples=5, stateful_step_count=10, deadline=None, database=None, suppress_health_check=list(HealthCheck)
)
MOVES = {
    "cancel": ({RunState.RUNNING}, RunState.CANCELLED),
    "resume": ({RunState.CANCELLED}, RunState.RUNNING),
    "compare": ({RunState.READY}, RunState.RUNNING),
    "roll back": ({RunState.SWITCHED}, RunState.READY),
    "discard": ({RunState.CANCELLED, RunState.READY, RunState.SWITCHED}, RunState.DISCARDING),
    "switch": ({RunState.READY}, RunState.SWITCHED),
}
"""From which states each step leads, and where."""


class Story(RuleBasedStateMachine):
    """One change after the other, there and back; `expected` is the model that has to recognise."""

    change: ClassVar[Change]
    loop: ClassVar[asyncio.AbstractEventLoop]

    def wait(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result()

    @initialize()
    def begin(self) -> None:
        self.wait(self._begin())

    @rule(steps=st.integers(1, 6))
    def the_worker_goes_on(self, steps: int) -> None:
        self.wait(self._work(steps))

    @rule(how=st.sampled_from(sorted(MOVES)))
    def somebody_moves(self, how: str) -> None:
        self.wait(self._move(how))

    @invariant()
    def the_promise_is_kept(self) -> None:
        self.wait(self._check())

    async def _begin(self) -> None:
        """What was begun before comes to its end, and another change is begun, from whichever model recognises now."""
        while run := await self.change.runs.open(OFFICE):
            if run.state is RunState.RUNNING:
                await self.change.move(self.change.runs.cancel, run.id)
            elif run.state is not RunState.DISCARDING:
                await self.change.move(self.change.runs.discard, run.id)
            await self.change.work(run.id)
        self.expected = await self.change.school.services.get(ModelService).current(OFFICE)
        self.other = NEXT_MODEL if self.expected == MODEL else MODEL
        self.run = await self.change.start(self.other)
        self.state = RunState.RUNNING

    async def _work(self, steps: int) -> None:
        self.change.pass_time(minutes=2)
        for _ in range(steps):
            await self.change.flows.work_on_one()
        now = (await self._found()).state
        ends = {RunState.RUNNING: RunState.READY, RunState.DISCARDING: RunState.OVER}
        assert now in {self.state, ends.get(self.state)}
        self.state = now

    async def _move(self, how: str) -> None:
        allowed, after = MOVES[how]
        if self.state not in allowed:
            with pytest.raises(ReembeddingState):
                await self._do(how)
            return
        await self._do(how)
        self.state = after
        if how in {"switch", "roll back"}:
            self.expected, self.other = self.other, self.expected

    async def _do(self, how: str) -> None:
        runs = self.change.runs
        if how == "switch":
            await self.change.switch(self.run)
            return
        moves: dict[str, Move] = {
            "cancel": runs.cancel,
            "resume": runs.resume,
            "compare": runs.compare,
            "roll back": runs.roll_back,
            "discard": runs.discard,
        }
        await self.change.move(moves[how], self.run)

    async def _check(self) -> None:
        assert (await self._found()).state is self.state
        assert await self.change.school.services.get(ModelService).current(OFFICE) == self.expected
        kept = await self.change.photos_by_model()
        assert kept[self.expected] == STUDENTS, "whoever recognises has everybody"
        if self.state in {RunState.READY, RunState.SWITCHED}:
            assert kept == {MODEL: STUDENTS, NEXT_MODEL: STUDENTS}
        if self.state is RunState.OVER:
            assert kept == {self.expected: STUDENTS}

    async def _found(self) -> Reembedding:
        return await self.change.runs.found(OFFICE, self.run)


@pytest.fixture
async def change(environment: dict[str, str], mongo: Client, database_name: str) -> AsyncIterator[Change]:
    async with a_school(environment, STUDENTS) as school:
        made = Change(school, mongo, database_name)
        await made.keep_photos()
        for number in range(STUDENTS):
            await made.enrol(number, 1)
        yield made


async def test_in_whatever_order_a_change_is_moved_the_school_goes_on_recognising(change: Change) -> None:
    Story.change, Story.loop = change, asyncio.get_running_loop()

    await asyncio.to_thread(run_state_machine_as_test, Story, settings=PLAN)

    assert (await change.photos_by_model()).keys() <= {MODEL, NEXT_MODEL}
