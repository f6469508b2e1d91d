"""The rules of roster places, as pure functions: a place is a list of periods, in order, with days between them."""

from collections.abc import Iterable, Sequence

from attendance_backend.domains.teaching.schemas import Period


def on_roster(periods: Sequence[Period], day: str) -> bool:
    """Whether somebody with these periods is on the roster that day (`YYYY-MM-DD`)."""
    return any(period.joins_on <= day < period.leaves_on for period in periods)


def joined(periods: Sequence[Period], new: Period) -> list[Period]:
    """The periods with another one; those that touch are one."""
    return periods_of([*periods, new])


def periods_of(periods: Iterable[Period]) -> list[Period]:
    """The periods in order; those that touch are one."""
    kept: list[Period] = []
    for period in sorted(periods, key=lambda one: one.joins_on):
        if kept and period.joins_on <= kept[-1].leaves_on:
            kept[-1] = Period(joins_on=kept[-1].joins_on, leaves_on=max(kept[-1].leaves_on, period.leaves_on))
        else:
            kept.append(Period(joins_on=period.joins_on, leaves_on=period.leaves_on))
    return kept


def left(periods: Sequence[Period], day: str) -> list[Period]:
    """The periods without that day and every one behind it. What lies before stays as it was."""
    before = [period for period in periods if period.joins_on < day]
    return [Period(joins_on=one.joins_on, leaves_on=min(one.leaves_on, day)) for one in before]
