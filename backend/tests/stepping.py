"""The backend's program with a clock of its own, which SIGUSR1 sets back an hour while it runs."""

import signal
import time
from datetime import UTC, datetime

from attendance_backend.__main__ import main
from attendance_backend.ports.clock import SystemClock

BACK_SECONDS = 3600
true_ns = time.time_ns


class SteppedClock:
    """What `time` and the program's own clock say."""

    def __init__(self) -> None:
        self.behind = 0

    def set_back(self, *_: object) -> None:
        self.behind += BACK_SECONDS

    def ns(self) -> int:
        return true_ns() - self.behind * 1_000_000_000

    def seconds(self) -> float:
        return self.ns() / 1e9

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.ns() // 1_000_000 / 1000, UTC)


if __name__ == "__main__":
    clock = SteppedClock()
    signal.signal(signal.SIGUSR1, clock.set_back)
    time.time, time.time_ns = clock.seconds, clock.ns
    SystemClock.now = lambda _: clock.now()  # type: ignore[method-assign]  # the one place the program asks
    main()
