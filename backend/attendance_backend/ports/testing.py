"""Stand-ins for what a test has to steer. Everything else the tests take for real."""

from datetime import UTC, datetime, timedelta

START = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)


class ManualClock:
    """A `Clock` that stands still until it is told to go on."""

    def __init__(self, moment: datetime = START) -> None:
        self.moment = moment

    def now(self) -> datetime:
        return self.moment

    def go_on(self, time: timedelta) -> None:
        self.moment += time
