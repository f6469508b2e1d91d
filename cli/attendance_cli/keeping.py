"""Keeps the programs of a supervisor running: who dies, or answers nothing for long, is started again by itself.

It gives up when one can't be started any more, or when the watchdog is gone, without which nobody would end the others.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Thread

from attendance_cli.restarts import USUAL, Pace, Restarts
from attendance_cli.supervision import WATCHDOG, Program, ProgramEndedError, Supervisor

_POLL_SECONDS = 0.2


class _Look:
    """One question whether a program is well. It is asked aside: one that hangs delays nobody else's restart."""

    def __init__(self, is_well: Callable[[], bool]) -> None:
        self._is_well = is_well
        self.answer: bool | None = None
        Thread(target=self._ask, daemon=True).start()

    def _ask(self) -> None:
        self.answer = self._is_well()


@dataclass(slots=True)
class _Life:
    """What becomes of one program. It runs and is ready, or has until `late` to be, or is started again at `due`."""

    program: Program
    restarts: Restarts
    next_look: float
    look: _Look | None = None
    misses: int = 0
    late: float | None = None
    due: float | None = None


class Keeper:
    """Watches over all programs that the supervisor started; all of them are ready at first."""

    def __init__(self, supervisor: Supervisor, pace: Pace) -> None:
        now = time.monotonic()
        self._supervisor, self._pace = supervisor, pace
        self._lives = [
            _Life(program, Restarts(pace, now), now + pace.look_every) for program in supervisor.programs.values()
        ]

    def keep(self) -> None:
        """Return never: end with `ProgramEndedError` or `StopAsked`."""
        while True:
            self.step()
            time.sleep(_POLL_SECONDS)

    def step(self) -> None:
        ended = self._supervisor.ended()
        if WATCHDOG in ended:
            raise ProgramEndedError(f"{WATCHDOG} {ended[WATCHDOG]}")
        for life in self._lives:
            if life.due is not None:
                self._start_when_due(life)
            elif life.program.name in ended:
                self._bury(life, ended[life.program.name])
            elif life.late is not None:
                self._await(life, life.late)
            else:
                self._look_at(life)

    def _start_when_due(self, life: _Life) -> None:
        if life.due is None or time.monotonic() < life.due:
            return
        self._supervisor.start(life.program)
        life.due, life.late = None, time.monotonic() + life.program.patience

    def _await(self, life: _Life, late: float) -> None:
        if life.program.is_ready():
            life.restarts.became_ready(time.monotonic())
            life.late, life.look, life.misses = None, None, 0
            life.next_look = time.monotonic() + self._pace.look_every
            self._supervisor.tell(f"{life.program.name} is ready again", "green")
        elif time.monotonic() > late:
            self._end(life, f"was not ready after {life.program.patience:.0f} s")

    def _look_at(self, life: _Life) -> None:
        if life.look is None:
            if time.monotonic() >= life.next_look:
                life.look = _Look(life.program.is_well)
            return
        if life.look.answer is None:
            return
        life.misses = 0 if life.look.answer else life.misses + 1
        life.look, life.next_look = None, time.monotonic() + self._pace.look_every
        if life.misses == self._pace.misses:
            self._end(life, f"did not answer {life.misses} times in a row and was killed")

    def _end(self, life: _Life, why: str) -> None:
        self._supervisor.kill(life.program.name)
        self._bury(life, why)

    def _bury(self, life: _Life, how: str) -> None:
        wait = life.restarts.died(time.monotonic())
        if wait is None:
            tries = self._pace.tries
            raise ProgramEndedError(f"{life.program.name} {how}; it was started {tries} times and never became ready")
        self._supervisor.tell(f"{life.program.name} {how}; it is started again in {wait:g} s", "yellow")
        life.late, life.due = None, time.monotonic() + wait


def keep_running(supervisor: Supervisor, pace: Pace = USUAL) -> None:
    """Return never: end with `ProgramEndedError` or `StopAsked`."""
    Keeper(supervisor, pace).keep()
