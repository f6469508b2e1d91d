"""When a program that died is started again, and when it is given up. It starts nothing and reads no clock."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pace:
    """How patient one is. A wrong configuration must not loop for ever; a program that crashes now and then must.

    Times are seconds. Five failed starts with the waits between them last half a minute at the least.
    """

    first_wait: float = 1.0
    longest_wait: float = 30.0
    well_after: float = 60.0
    """Who was ready for so long ran well: the next wait is the first again."""
    tries: int = 5
    """Starts in a row that end before the program was ready; after the last of them it is given up."""
    look_every: float = 10.0
    misses: int = 6
    """Looks in a row at which a program was not well; a busy machine misses one or two."""


USUAL = Pace()


class Restarts:
    """One program that was ready. All moments are of one clock that never goes back, in seconds."""

    def __init__(self, pace: Pace, now: float) -> None:
        self._pace = pace
        self._wait = pace.first_wait
        self._failed = 0
        self._ready_since: float | None = now

    def became_ready(self, now: float) -> None:
        self._failed = 0
        self._ready_since = now

    def died(self, now: float) -> float | None:
        """How long to wait before it is started again; None: not again."""
        if self._ready_since is None:
            self._failed += 1
        elif now - self._ready_since >= self._pace.well_after:
            self._wait = self._pace.first_wait
        self._ready_since = None
        if self._failed == self._pace.tries:
            return None
        wait, self._wait = self._wait, min(self._wait * 2, self._pace.longest_wait)
        return wait
