"""Periods on a roster: whatever was joined and left, every day has one answer."""

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from attendance_backend.domains.teaching.policy import joined, left, on_roster
from attendance_backend.domains.teaching.schemas import BEGINNING, END, Period, PeriodView

FIRST = dt.date(2026, 9, 1)
DAYS = [(FIRST + dt.timedelta(days=n)).isoformat() for n in range(12)]
EDGES = [BEGINNING, *DAYS, END]
joins = st.tuples(st.sampled_from(EDGES), st.sampled_from(EDGES)).filter(lambda pair: pair[0] < pair[1])
acts = st.lists(st.one_of(joins, st.sampled_from(DAYS)), max_size=8)


@given(acts)
def test_joining_and_leaving_again_and_again_is_what_a_calendar_with_crosses_says(
    acts: list[tuple[str, str] | str],
) -> None:
    periods: list[Period] = []
    crossed = dict.fromkeys(DAYS, False)
    for act in acts:
        if isinstance(act, str):
            periods = left(periods, act)
            crossed = {day: there and day < act for day, there in crossed.items()}
        else:
            periods = joined(periods, Period(joins_on=act[0], leaves_on=act[1]))
            crossed = {day: there or act[0] <= day < act[1] for day, there in crossed.items()}

    assert {day: on_roster(periods, day) for day in DAYS} == crossed
    edges = [edge for period in periods for edge in (period.joins_on, period.leaves_on)]
    assert edges == sorted(set(edges)), "periods are in order, have a day each, and do not touch"


def test_a_period_without_an_end_is_shown_without_one() -> None:
    assert PeriodView.of(Period()) == PeriodView(joins_on=None, leaves_on=None)
    assert PeriodView.of(Period(joins_on="2026-09-01")).joins_on == FIRST
