"""A circuit breaker for one address: after failures in a row it rests, then one probe shows whether it is back.

It makes no call and knows no exception: whoever calls asks to pass, and tells what came of it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum

FAILURES = 5
"""As the contract between the services has it."""


class BreakerState(IntEnum):
    """As the metric shows it: the higher, the worse."""

    CLOSED = 0
    HALF_OPEN = 1
    OPEN = 2


@dataclass(frozen=True)
class Pass:
    """Leave to make one call. What is told of a pass from before the breaker last opened or closed counts no more."""

    turn: int
    is_probe: bool


class Breaker:
    """Counts the failures in a row of one address.

    Args:
        clock: seconds that never go back.
        rest_seconds: so long nobody passes once it is open; after that one probe does at a time.
        failures: so many in a row open it.
    """

    def __init__(self, clock: Callable[[], float], rest_seconds: float, failures: int = FAILURES) -> None:
        self._clock = clock
        self._rest_seconds = rest_seconds
        self._most = failures
        self._failures = 0
        self._turn = 0
        self._opened_at: float | None = None
        self._probing = False

    @property
    def state(self) -> BreakerState:
        if self._opened_at is None:
            return BreakerState.CLOSED
        return BreakerState.OPEN if self.rests() else BreakerState.HALF_OPEN

    def measured(self) -> float:
        """The state as a metric has it."""
        return float(self.state)

    def rests(self) -> float:
        """Seconds until somebody may probe; 0 also while somebody does."""
        if self._opened_at is None:
            return 0.0
        return max(0.0, self._opened_at + self._rest_seconds - self._clock())

    def admits(self) -> bool:
        """Whether `enter` would give a pass now."""
        return self.state is BreakerState.CLOSED or (self.state is BreakerState.HALF_OPEN and not self._probing)

    def enter(self) -> Pass | None:
        """Leave to make a call; None: not now."""
        if not self.admits():
            return None
        self._probing = self.state is BreakerState.HALF_OPEN
        return Pass(self._turn, self._probing)

    def succeeded(self, given: Pass) -> None:
        if given.turn != self._turn:
            return
        self._failures = 0
        if given.is_probe:
            self._begin(opened_at=None)

    def failed(self, given: Pass) -> None:
        if given.turn != self._turn:
            return
        self._failures += 1
        if given.is_probe or self._failures >= self._most:
            self._begin(opened_at=self._clock())

    def abandoned(self, given: Pass) -> None:
        """The call was given up before it told anything: the next one may probe in its place."""
        if given.turn == self._turn and given.is_probe:
            self._probing = False

    def _begin(self, opened_at: float | None) -> None:
        self._turn += 1
        self._failures = 0
        self._probing = False
        self._opened_at = opened_at
