"""Counts records by subject, day and student, in the transaction that writes them. It reads no record itself."""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping

from attendance_backend.domains.identity.schemas import Caller
from attendance_backend.domains.tallies.repository import TallyRepository
from attendance_backend.domains.tallies.schemas import NONE, Counts, Days, DayTally, monday_of
from attendance_backend.ports.store import Transaction
from attendance_kit.errors import NotFound

_TO_SUNDAY = dt.timedelta(days=6)


class TallyService:
    def __init__(self, tallies: TallyRepository) -> None:
        self._tallies = tallies

    async def add(
        self, caller: Caller, subject_id: str, date: str, more: Mapping[str, Counts], tx: Transaction
    ) -> None:
        """Add to the counts of a subject's day, by student; what is to be taken off is negative."""
        changed = {student: counts for student, counts in more.items() if counts != NONE}
        if changed:
            await self._tallies.add(caller, subject_id, date, changed, tx)

    async def days(self, caller: Caller) -> set[tuple[str, str]]:
        """Each subject and day, as YYYY-MM-DD, that something was ever counted of."""
        return await self._tallies.days(caller)

    async def between(
        self, caller: Caller, since: str, until: str, *, subject_id: str | None = None, student_id: str | None = None
    ) -> list[DayTally]:
        """What is counted of each subject and day that the caller may touch, from day to day, both included.

        Of a student alone, when one is named: whether the caller may see them is for who asks to have checked.
        """
        return await self._tallies.between(caller, since, until, subject_id, student_id)

    async def totals(
        self, caller: Caller, since: str, until: str, *, subject_id: str | None = None, student_id: str | None = None
    ) -> Mapping[tuple[str, str], Counts]:
        """As `between`, summed up over the days: by subject and student."""
        sums: dict[tuple[str, str], Counts] = defaultdict(Counts)
        for day in await self.between(caller, since, until, subject_id=subject_id, student_id=student_id):
            for student, counts in day.students.items():
                sums[day.subject_id, student] += counts
        return sums

    async def settle(
        self, caller: Caller, subject_id: str, date: str, counted: Mapping[str, Counts], tx: Transaction
    ) -> bool:
        """Make a day's tally what was counted anew; whether it was anything else."""
        kept = await self._tallies.by_day(caller, subject_id, date, tx)
        told = DayTally.of(subject_id, date, kept.students if kept else {})
        right = DayTally.of(subject_id, date, dict(counted))
        if told == right:
            return False
        await self._tallies.put(caller, right, tx)
        return True

    async def remove(self, caller: Caller, subject_id: str, date: str, tx: Transaction) -> None:
        """Forget what a subject's day adds up to, since its records go."""
        await self._tallies.remove(caller, subject_id, date, tx)
        await self.settle_week(caller, subject_id, monday_of(date), tx)

    async def settle_week(self, caller: Caller, subject_id: str, monday: str, tx: Transaction) -> None:
        """Make a week's tally the sum of its days', whatever it was."""
        sunday = (dt.date.fromisoformat(monday) + _TO_SUNDAY).isoformat()
        counted: dict[str, Counts] = defaultdict(Counts)
        for day in await self._tallies.days_between(caller, monday, sunday, subject_id, tx):
            for student, numbers in day.students.items():
                counted[student] += Counts(**numbers)
        await self._tallies.put_week(caller, subject_id, monday, counted, tx)

    async def by_week(
        self, caller: Caller, since: dt.date, until: dt.date, *, subject_id: str | None = None
    ) -> list[Days]:
        """What is counted of the subjects that the caller may touch, from day to day, both included.

        A week that lies in the range is one entry, one that it cuts has an entry for each of its days in it.
        """
        whole, rests = _weeks_and_rests(since, until)
        found = [
            rest
            for first, last in rests
            for rest in await self._tallies.days_between(caller, first.isoformat(), last.isoformat(), subject_id)
        ]
        if whole:
            first, last = whole
            found += await self._tallies.weeks_between(caller, first.isoformat(), last.isoformat(), subject_id)
        return found

    async def of_student(self, caller: Caller, student_id: str, since: dt.date, until: dt.date) -> list[Days]:
        """One student's counts, an entry for each subject and day.

        Raises:
            NotFound: the caller is neither that student nor has them in their care.
        """
        if not caller.may_see(student_id):
            raise NotFound
        return await self._tallies.of_student(caller, student_id, since.isoformat(), until.isoformat())


Range = tuple[dt.date, dt.date]


def _weeks_and_rests(since: dt.date, until: dt.date) -> tuple[Range | None, list[Range]]:
    """The first and last Monday of the whole weeks in a range of days, and the ranges before and behind them."""
    start, end = since.toordinal(), until.toordinal() + 1
    monday = start + -since.weekday() % 7
    weeks = (end - monday) // 7
    if weeks <= 0:
        return None, [(since, until)]
    behind = monday + 7 * weeks
    rests = [(first, last - 1) for first, last in ((start, monday), (behind, end)) if first < last]
    from_ordinal = dt.date.fromordinal
    return (
        (from_ordinal(monday), from_ordinal(behind - 7)),
        [(from_ordinal(first), from_ordinal(last)) for first, last in rests],
    )
