"""The school's day is not everybody's."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from pydantic import TypeAdapter, ValidationError

from attendance_backend.institution import Institution, TimeZone
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
async def test_today_is_the_day_where_the_school_is(zone: str, hour: int, today: date) -> None:
    async def time_zone() -> ZoneInfo:
        return ZoneInfo(zone)

    school = Institution(time_zone, ManualClock(datetime(2026, 11, 20, hour, 30, tzinfo=UTC)))

    assert (await school.here()).today == today


@pytest.mark.parametrize("name", ["", "Mars/Olympus", "Europe", "../etc/passwd", "/etc/localtime", "Europe/Paris\0"])
def test_a_zone_has_a_name_of_the_tz_database(name: str) -> None:
    zones = TypeAdapter(TimeZone)

    with pytest.raises(ValidationError):
        zones.validate_python(name)
    assert zones.validate_python("Europe/Paris") == "Europe/Paris"
