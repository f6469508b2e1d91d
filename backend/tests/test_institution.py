"""The school's day is not everybody's."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from attendance_backend.institution import Institution
from attendance_backend.ports.testing import ManualClock


@pytest.mark.parametrize(
    ("zone", "hour", "today"),
    [
        ("UTC", 23, date(2026, 11, 20)),
        ("Europe/Paris", 22, date(2026, 11, 20)),
        ("Europe/Paris", 23, date(2026, 11, 21)),
        ("Asia/Kolkata", 17, date(2026, 11, 20)),
        ("Asia/Kolkata", 18, date(2026, 11, 21)),
        ("America/Los_Angeles", 7, date(2026, 11, 19)),
    ],
)
def test_today_is_the_day_where_the_school_is(zone: str, hour: int, today: date) -> None:
    clock = ManualClock(datetime(2026, 11, 20, hour, 30, tzinfo=UTC))

    assert Institution(ZoneInfo(zone), clock).today() == today
