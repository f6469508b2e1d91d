"""Rates and forecasts, against sessions that are played one after the other; ranges of days."""

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attendance_backend.domains.reports.policy import (
    MOST_DAYS,
    ahead,
    forecast,
    is_at_risk,
    outlook,
    range_of,
    rate_of,
    standing,
    sums,
    weeks,
)
from attendance_backend.domains.tallies.schemas import Counts, Days
from attendance_kit.errors import InvalidRequest

TODAY = dt.date(2026, 11, 20)
COUNTS = st.tuples(st.integers(0, 200), st.integers(0, 200)).map(lambda pair: (pair[0], sum(pair)))
PERCENT = st.integers(0, 100)
PLAYED = 25_000
"""From 200 records, all missed, 99 per cent are reached after 19,800 sessions."""


def holds(attended: int, counted: int, threshold: int) -> bool:
    return 100 * attended >= threshold * counted


@settings(deadline=None)
@given(COUNTS, st.integers(1, 100))
def test_who_may_miss_some_sessions_may_miss_exactly_so_many(counts: tuple[int, int], threshold: int) -> None:
    attended, counted = counts
    told = forecast(attended, counted, threshold).can_miss

    if told is None:
        assert is_at_risk(attended, counted, threshold)
        return
    assert not counted + told or holds(attended, counted + told, threshold)
    assert not holds(attended, counted + told + 1, threshold)


@settings(deadline=None)
@given(COUNTS, PERCENT)
def test_who_has_to_attend_some_sessions_is_at_risk_until_then(counts: tuple[int, int], threshold: int) -> None:
    attended, counted = counts
    told = forecast(attended, counted, threshold).must_attend

    played = (
        [more for more in range(PLAYED) if holds(attended + more, counted + more, threshold)][:1] if counted else []
    )

    if told is not None:
        assert played == [told] != [0]
    elif is_at_risk(attended, counted, threshold):
        assert threshold == 100
        assert played == []
    else:
        assert played in ([], [0])


@settings(deadline=None)
@given(COUNTS, PERCENT, st.integers(0, 80))
def test_of_the_lessons_that_are_left_exactly_so_many_have_to_be_attended(
    counts: tuple[int, int], threshold: int, left: int
) -> None:
    attended, counted = counts
    told = ahead(attended, counted, threshold, left)

    enough = [more for more in range(left + 1) if holds(attended + more, counted + left, threshold)][:1]

    assert [told.must_attend] == (enough or [None])
    assert told.can_miss == (left - enough[0] if enough else None)


def test_a_threshold_of_nothing_can_always_be_missed_and_one_of_everything_is_never_reached_again() -> None:
    assert (forecast(0, 5, 0).can_miss, forecast(0, 5, 0).must_attend) == (None, None)
    assert (forecast(4, 5, 100).can_miss, forecast(4, 5, 100).must_attend) == (None, None)
    assert (forecast(5, 5, 100).can_miss, forecast(5, 5, 100).must_attend) == (0, None)


@pytest.mark.parametrize(
    ("attended", "counted", "rate"), [(0, 0, None), (0, 3, 0.0), (2, 3, 66.7), (1, 8, 12.5), (1999, 2000, 100.0)]
)
def test_a_rate_has_one_decimal(attended: int, counted: int, rate: float | None) -> None:
    assert rate_of(attended, counted) == rate


def test_risk_is_judged_by_the_exact_rate() -> None:
    almost = outlook(Counts(present=1499, absent=501), 75)

    assert (almost.rate, almost.at_risk, almost.forecast.must_attend) == (75.0, True, 4)


def test_excused_records_are_not_counted() -> None:
    told = standing(Counts(present=2, late=1, absent=1, excused=6, left_early=2))

    assert (told.attended, told.counted, told.rate) == (3, 4, 75.0)


@settings(deadline=None)
@given(st.lists(st.tuples(st.dates(dt.date(2026, 1, 1), dt.date(2026, 12, 31)), st.sampled_from("abc"))))
def test_weeks_are_those_of_the_calendar_and_lose_nothing(records: list[tuple[dt.date, str]]) -> None:
    found = [
        Days("s", (day - dt.timedelta(days=day.weekday())).isoformat(), {who: {"present": 1}}) for day, who in records
    ]

    told = weeks(found)

    assert sum(week.present for week in told) == len(records)
    assert [week.week for week in told] == sorted({day.strftime("%G-W%V") for day, _ in records})
    assert sums(found, lambda _, student: student).keys() == {who for _, who in records}


def test_counts_that_were_all_taken_back_are_nobodys() -> None:
    taken_back = [Days("s", "2026-11-16", {"ann": {"present": 1}}), Days("s", "2026-11-16", {"ann": {"present": -1}})]

    assert sums(taken_back, lambda _, student: student) == {}


def test_a_range_is_ninety_days_unless_told() -> None:
    assert range_of(None, None, TODAY) == (dt.date(2026, 8, 23), TODAY)
    assert range_of(dt.date(2026, 11, 1), None, TODAY) == (dt.date(2026, 11, 1), TODAY)
    assert range_of(dt.date(2027, 1, 1), None, TODAY) == (dt.date(2027, 1, 1), dt.date(2027, 1, 1))
    assert range_of(None, dt.date(1, 1, 5), TODAY) == (dt.date(1, 1, 1), dt.date(1, 1, 5))


@pytest.mark.parametrize("days", [-1, MOST_DAYS])
def test_a_range_that_is_none_or_too_long_is_refused(days: int) -> None:
    with pytest.raises(InvalidRequest) as refused:
        range_of(TODAY - dt.timedelta(days=days), TODAY, TODAY)

    assert refused.value.details["field"] == "from"
