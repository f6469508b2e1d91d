"""The school as a place: its time zone and its today. It knows nothing else of the school."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field

from attendance_backend.ports.clock import Clock
from attendance_kit.errors import InvalidRequest


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError("is no time zone of the tz database, such as Europe/Paris") from error
    return name


TimeZone = Annotated[str, Field(min_length=1, max_length=64, examples=["Europe/Paris"]), AfterValidator(_known_zone)]
"""A name of the tz database."""


@dataclass(frozen=True)
class Place:
    """A moment where the school is."""

    time_zone: ZoneInfo
    now: datetime

    @property
    def today(self) -> date:
        return self.now.astimezone(self.time_zone).date()

    def moments(self, first: date | None, last: date | None) -> tuple[datetime | None, datetime | None]:
        """When the days from `first` to `last` begin there and are over, in UTC; None: without a limit.

        Raises:
            InvalidRequest: a day at the end of the calendar, which has no such moment.
        """
        try:
            since = self._start(first) if first else None
            until = self._start(last + timedelta(days=1)) if last else None
        except OverflowError as error:
            raise InvalidRequest("These days are out of the calendar.", field="from") from error
        return since, until

    def _start(self, day: date) -> datetime:
        return datetime.combine(day, time(), self.time_zone).astimezone(UTC)


class Institution:
    """Times are shown in its zone; "today" is the day it is there. The zone may change: it is read each time."""

    def __init__(self, time_zone: Callable[[], Awaitable[ZoneInfo]], clock: Clock) -> None:
        self._time_zone = time_zone
        self._clock = clock

    async def here(self) -> Place:
        return Place(await self._time_zone(), self._clock.now())
