"""What counts become in a report: rates, who is at risk, the forecast, sums by week, subject and student."""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import TypeVar

from attendance_backend.domains.reports.schemas import Ahead, Forecast, Outlook, Standing, Week
from attendance_backend.domains.tallies.schemas import NONE, Counts, Days
from attendance_kit.errors import InvalidRequest

K = TypeVar("K", bound=Hashable)
EVERYTHING = 100
"""Per cent."""
USUAL_DAYS = 90
"""A report without a range is about so many days, today the last of them."""
MOST_DAYS = 400
"""A school year with its holidays: what a report of a whole school reads at most."""


def range_of(since: dt.date | None, until: dt.date | None, today: dt.date) -> tuple[dt.date, dt.date]:
    """The days of a report, both included.

    Raises:
        InvalidRequest: they end before they begin, or are over `MOST_DAYS`.
    """
    last = until or max(today, since or today)
    first = since or dt.date.fromordinal(max(last.toordinal() - USUAL_DAYS + 1, 1))
    if first > last:
        raise InvalidRequest("The range ends before it begins.", field="from")
    if last.toordinal() - first.toordinal() >= MOST_DAYS:
        raise InvalidRequest(f"A report is about at most {MOST_DAYS} days.", field="from", limit=MOST_DAYS)
    return first, last


def attended_of(counts: Counts) -> tuple[int, int]:
    """How many records say that the student was there, of how many that count."""
    there = counts.present + counts.late
    return there, there + counts.absent


def rate_of(attended: int, counted: int) -> float | None:
    """In per cent to one decimal, half a tenth rounded up."""
    return (2000 * attended + counted) // (2 * counted) / 10 if counted else None


def is_at_risk(attended: int, counted: int, threshold: int) -> bool:
    """Whether the exact rate is below the threshold, in per cent. Where nothing is counted nobody is."""
    return EVERYTHING * attended < threshold * counted


def forecast(attended: int, counted: int, threshold: int) -> Forecast:
    """How many sessions in a row can be missed, or have to be attended, for the rate to be at least the threshold."""
    ahead = EVERYTHING * attended - threshold * counted
    if ahead >= 0:
        return Forecast(can_miss=ahead // threshold if threshold else None, must_attend=None)
    to_gain = EVERYTHING - threshold
    return Forecast(can_miss=None, must_attend=-(ahead // to_gain) if to_gain else None)


def ahead(attended: int, counted: int, threshold: int, left: int) -> Ahead:
    """How many of the lessons that are left have to be attended for the rate to hold at the end."""
    must = max(-((EVERYTHING * attended - threshold * (counted + left)) // EVERYTHING), 0)
    if must > left:
        return Ahead(lessons_left=left, must_attend=None, can_miss=None)
    return Ahead(lessons_left=left, must_attend=must, can_miss=left - must)


def standing(counts: Counts) -> Standing:
    attended, counted = attended_of(counts)
    return Standing(**dict(counts), attended=attended, counted=counted, rate=rate_of(attended, counted))


def outlook(counts: Counts, threshold: int) -> Outlook:
    attended, counted = attended_of(counts)
    return Outlook(
        **dict(standing(counts)),
        at_risk=is_at_risk(attended, counted, threshold),
        forecast=forecast(attended, counted, threshold),
    )


def sums(found: Iterable[Days], key: Callable[[Days, str], K]) -> dict[K, Counts]:
    """The counts of all students and days, by a key of both; nobody without a record is in them."""
    numbers: dict[K, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for days in found:
        for student, counts in days.students.items():
            into = numbers[key(days, student)]
            for name, number in counts.items():
                into[name] += number
    made = {one: Counts.model_validate(counts) for one, counts in numbers.items()}
    return {one: counts for one, counts in made.items() if counts != NONE}


def together(counts: Iterable[Counts]) -> Counts:
    return sum(counts, NONE)


def weeks(found: Iterable[Days]) -> list[Week]:
    """The trend: each ISO week that has records."""
    by_monday: Mapping[str, Counts] = sums(found, lambda days, _: days.monday)
    return [_week(dt.date.fromisoformat(monday), counts) for monday, counts in sorted(by_monday.items())]


def _week(monday: dt.date, counts: Counts) -> Week:
    return Week(**dict(standing(counts)), week=week_of(monday), monday=monday)


def week_of(day: dt.date) -> str:
    """The ISO week of a day, as its year and number."""
    year, number, _ = day.isocalendar()
    return f"{year:04}-W{number:02}"
