"""Which lessons fall on which day, and when they begin there: in every zone, on every day of its clocks."""

import datetime as dt
from zoneinfo import ZoneInfo, available_timezones

from hypothesis import given
from hypothesis import strategies as st

from attendance_backend.domains.timetable.policy import Calendar, clash, falls_on, lessons, times_on
from attendance_backend.domains.timetable.schemas import Entry, NamedDays

ZONES = sorted(available_timezones())
MONDAY = dt.date(2026, 9, 7)
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def an_entry(**told: object) -> Entry:
    plain = {"weekday": 1, "period": 1, "starts_at": "08:00", "ends_at": "08:45", "room_id": None}
    always = {"valid_from": None, "valid_to": None, "every_weeks": 1, "first_week": None}
    return Entry.model_validate({**plain, **always, **told})


def days(first: str, last: str) -> NamedDays:
    return NamedDays(id=first, name="Days", first_day=first, last_day=last, created_at=EPOCH)


clocks = st.times().map(lambda time: time.strftime("%H:%M"))
hours = st.lists(clocks, min_size=2, max_size=2, unique=True).map(sorted)
school_days = st.dates(dt.date(1970, 1, 1), dt.date(2037, 12, 31))
zones = st.sampled_from(ZONES).map(ZoneInfo)


@given(zone=zones, day=school_days, clock=hours)
def test_a_lesson_begins_when_the_clock_on_the_wall_says_so(zone: ZoneInfo, day: dt.date, clock: list[str]) -> None:
    entry = an_entry(starts_at=clock[0], ends_at=clock[1])

    times = times_on(entry, day, zone)

    wall = dt.datetime.combine(day, dt.time.fromisoformat(clock[0]))
    if times is None:
        assert not _exists(wall, zone), "a day or an evening that the zone has left out"
        return
    starts, ends = times
    assert starts < ends
    assert starts.astimezone(zone).date() == day
    if _exists(wall, zone):
        assert starts.astimezone(zone).replace(tzinfo=None) == wall
        assert not _shows(zone, starts - dt.timedelta(hours=3), starts, wall), "the first of two"
    else:
        assert starts.astimezone(zone).replace(tzinfo=None) > wall, "later, when the clocks have gone forward"


def _exists(wall: dt.datetime, zone: ZoneInfo) -> bool:
    return wall.replace(tzinfo=zone).astimezone(dt.UTC).astimezone(zone).replace(tzinfo=None) == wall


def _shows(zone: ZoneInfo, since: dt.datetime, until: dt.datetime, wall: dt.datetime) -> bool:
    """Whether the clock shows a time at some minute before."""
    minutes = range(int((until - since).total_seconds() // 60))
    return any((since + dt.timedelta(minutes=n)).astimezone(zone).replace(tzinfo=None) == wall for n in minutes)


def test_the_night_of_the_clock_change() -> None:
    paris = ZoneInfo("Europe/Paris")

    def utc(day: dt.date, starts: str, ends: str) -> list[str]:
        times = times_on(an_entry(starts_at=starts, ends_at=ends), day, paris)
        assert times
        return [time.strftime("%H:%M") for time in times]

    before, spring, autumn = dt.date(2026, 3, 28), dt.date(2026, 3, 29), dt.date(2026, 10, 25)
    assert utc(before, "08:00", "08:45") == ["07:00", "07:45"]
    assert utc(spring, "08:00", "08:45") == ["06:00", "06:45"]
    assert utc(spring, "02:30", "03:15") == ["01:30", "02:15"], "02:30 is skipped: 03:30, and as long as ever"
    assert utc(autumn, "02:30", "02:45") == ["00:30", "00:45"], "the first of the two"
    assert utc(autumn, "08:00", "08:45") == ["07:00", "07:45"]


def test_a_day_that_a_zone_left_out_has_no_lessons() -> None:
    apia = ZoneInfo("Pacific/Apia")

    assert times_on(an_entry(), dt.date(2011, 12, 30), apia) is None
    assert times_on(an_entry(), dt.date(2011, 12, 31), apia) is not None


@given(
    weekday=st.integers(1, 7),
    every=st.integers(1, 8),
    first_week=st.dates(dt.date(2020, 1, 1), dt.date(2030, 1, 1)),
    start=st.dates(dt.date(2020, 1, 1), dt.date(2030, 1, 1)),
)
def test_every_so_many_weeks_means_what_it_says(weekday: int, every: int, first_week: dt.date, start: dt.date) -> None:
    entry = an_entry(weekday=weekday, every_weeks=every, first_week=first_week.isoformat())
    in_first_week = first_week + dt.timedelta(days=weekday - first_week.isoweekday())

    found = [day for day in (start + dt.timedelta(days=n) for n in range(7 * every)) if falls_on(entry, day)]

    assert len(found) == 1
    assert (found[0] - in_first_week).days % (7 * every) == 0
    assert falls_on(entry, in_first_week)


stretches = (
    st.tuples(st.integers(0, 40), st.integers(0, 40))
    .map(sorted)
    .map(lambda pair: days(*[(MONDAY + dt.timedelta(days=n)).isoformat() for n in pair]))
)


@given(
    terms=st.lists(stretches, max_size=2),
    holidays=st.lists(stretches, max_size=2),
    asked=st.tuples(st.integers(0, 40), st.integers(0, 40)).map(sorted),
    weekdays=st.lists(st.integers(1, 7), unique=True, max_size=4),
)
def test_lessons_are_those_of_days_with_school(
    terms: list[NamedDays], holidays: list[NamedDays], asked: list[int], weekdays: list[int]
) -> None:
    calendar = Calendar(terms, holidays, ZoneInfo("Europe/Paris"))
    timetables = {s: [an_entry(weekday=day, period=p) for day in weekdays for p in (1, 2)] for s in ("b", "a")}
    first, last = [MONDAY + dt.timedelta(days=n) for n in asked]

    found = list(lessons(calendar, timetables, first, last))

    keys = [lesson.key for lesson in found]
    assert keys == sorted(set(keys))
    for day in (first + dt.timedelta(days=n) for n in range((last - first).days + 1)):
        in_term = any(one.first_day <= day.isoformat() <= one.last_day for one in terms)
        off = any(one.first_day <= day.isoformat() <= one.last_day for one in holidays)
        taught = in_term and not off and day.isoweekday() in weekdays
        assert len([lesson for lesson in found if lesson.date == day]) == (4 if taught else 0)


plain_entries = st.builds(
    lambda weekday, every, first, valid: an_entry(
        weekday=weekday,
        every_weeks=every,
        first_week=(MONDAY + dt.timedelta(weeks=first)).isoformat(),
        valid_from=(MONDAY + dt.timedelta(weeks=valid[0])).isoformat(),
        valid_to=(MONDAY + dt.timedelta(weeks=valid[1])).isoformat(),
    ),
    st.integers(1, 2),
    st.integers(1, 4),
    st.integers(0, 3),
    st.tuples(st.integers(0, 20), st.integers(0, 20)).map(sorted),
)


@given(st.lists(plain_entries, max_size=4))
def test_entries_without_a_clash_never_meet(entries: list[Entry]) -> None:
    if clash(entries) is not None:
        return

    every_day = [MONDAY + dt.timedelta(days=n) for n in range(7 * 22)]

    assert max(sum(falls_on(entry, day) for entry in entries) for day in every_day) <= 1


def test_entries_that_can_meet_clash() -> None:
    odd, even = [an_entry(every_weeks=2, first_week=day) for day in ("2026-09-07", "2026-09-16")]

    assert clash([odd, even]) is None, "A and B weeks"
    assert clash([odd, an_entry(period=2), an_entry(every_weeks=4, first_week="2026-09-07")]) == (0, 2)
    assert clash([an_entry(), an_entry(weekday=2)]) is None
    assert clash([an_entry(valid_to="2026-10-01"), an_entry(valid_from="2026-10-02")]) is None
    assert clash([an_entry(valid_to="2026-10-02"), an_entry(valid_from="2026-10-02")]) == (0, 1)
