"""The school as a place: its time zone and its today. It knows nothing else of the school."""

from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from attendance_backend.ports.clock import Clock


@dataclass(frozen=True)
class Institution:
    """Times are shown in its zone, and "today" is the day that it is there."""

    time_zone: ZoneInfo
    clock: Clock

    def today(self) -> date:
        return self.clock.now().astimezone(self.time_zone).date()
