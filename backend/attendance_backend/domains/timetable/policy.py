"""The rules of the calendar, as pure functions: which lessons fall on which day, and when a clock time is."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import gcd
from zoneinfo import ZoneInfo

from attendance_backend.domains.timetable.schemas import Entry, Lesson, NamedDays


@dataclass(frozen=True)
class Calendar:
    """When there is school at all, and where."""

    terms: Sequence[NamedDays]
    holidays: Sequence[NamedDays]
    zone: ZoneInfo

    def has_school(self, day: dt.date) -> bool:
        """Whether a day lies in a term and in no holiday."""
        return _in_any(self.terms, day) and not _in_any(self.holidays, day)


def _in_any(stretches: Iterable[NamedDays], day: dt.date) -> bool:
    return any(stretch.first_day <= day.isoformat() <= stretch.last_day for stretch in stretches)


def lessons(
    calendar: Calendar, timetables: Mapping[str, Sequence[Entry]], first: dt.date, last: dt.date
) -> Iterator[Lesson]:
    """The lessons of the subjects' timetables from the first to the last day, in the order of `Lesson.key`."""
    for day in (first + dt.timedelta(days=number) for number in range((last - first).days + 1)):
        if calendar.has_school(day):
            yield from sorted(_of_day(calendar.zone, timetables, day), key=lambda lesson: lesson.key)


def _of_day(zone: ZoneInfo, timetables: Mapping[str, Sequence[Entry]], day: dt.date) -> Iterator[Lesson]:
    for subject_id, entries in timetables.items():
        for entry in entries:
            times = times_on(entry, day, zone) if falls_on(entry, day) else None
            if times:
                yield Lesson(
                    subject_id=subject_id,
                    date=day,
                    period=entry.period,
                    starts_at=times[0],
                    ends_at=times[1],
                    room_id=entry.room_id,
                )


def falls_on(entry: Entry, day: dt.date) -> bool:
    """Whether an entry plans a lesson that day, if there is school."""
    if entry.weekday != day.isoweekday():
        return False
    if not (entry.valid_from or "") <= day.isoformat() <= (entry.valid_to or "9999"):
        return False
    return (_week(day) - _first_week(entry)) % entry.every_weeks == 0


def times_on(entry: Entry, day: dt.date, zone: ZoneInfo) -> tuple[dt.datetime, dt.datetime] | None:
    """When a lesson begins and ends that day, in UTC. None: the zone's calendar leaves the day out.

    A clock time that comes twice is the first; one that is skipped is as much later as the clocks go forward. The end
    is what the clock on the wall says, unless that is not behind the beginning: then the lesson lasts as long as ever.
    """
    starts, ends = _moment(day, entry.starts_at, zone), _moment(day, entry.ends_at, zone)
    if starts.astimezone(zone).date() != day:
        return None
    if ends <= starts:
        ends = starts + (_at(day, entry.ends_at) - _at(day, entry.starts_at))
    return starts, ends


def clash(entries: Sequence[Entry]) -> tuple[int, int] | None:
    """Two entries, by their places in the list, that can fall on the same day and period."""
    places = defaultdict[tuple[int, int], list[int]](list)
    for number, entry in enumerate(entries):
        others = places[entry.weekday, entry.period]
        for other in others:
            if _clash(entries[other], entry):
                return other, number
        others.append(number)
    return None


def _clash(one: Entry, two: Entry) -> bool:
    """Whether two entries of one weekday and period can fall on the same day."""
    begins = max(one.valid_from or "", two.valid_from or "")
    ends = min(one.valid_to or "9999", two.valid_to or "9999")
    same_weeks = (_first_week(one) - _first_week(two)) % gcd(one.every_weeks, two.every_weeks) == 0
    return begins <= ends and same_weeks


def _first_week(entry: Entry) -> int:
    return _week(dt.date.fromisoformat(entry.first_week)) if entry.first_week else 0


def _week(day: dt.date) -> int:
    """Weeks from Monday to Sunday, numbered without end."""
    return (day.toordinal() - 1) // 7


def _at(day: dt.date, clock: str) -> dt.datetime:
    return dt.datetime.combine(day, dt.time.fromisoformat(clock))


def _moment(day: dt.date, clock: str, zone: ZoneInfo) -> dt.datetime:
    return _at(day, clock).replace(tzinfo=zone).astimezone(dt.UTC)
