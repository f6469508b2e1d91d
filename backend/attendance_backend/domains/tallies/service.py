"""Counts records by subject, day and student, in the transaction that writes them. It reads no record itself."""

from collections import defaultdict
from collections.abc import Mapping

from attendance_backend.domains.identity.schemas import Caller
from attendance_backend.domains.tallies.repository import TallyRepository
from attendance_backend.domains.tallies.schemas import NONE, Counts, DayTally
from attendance_backend.ports.store import Transaction


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
