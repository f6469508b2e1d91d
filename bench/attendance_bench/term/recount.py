"""The term counted again from what was sent, with none of the product's code: counts, rates, weeks, who is at risk."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from functools import cached_property
from typing import Any

from attendance_bench.term.plan import Outcome, Term

STATUSES = ("present", "late", "absent", "excused")
LEFT_EARLY = "left_early"
Row = Mapping[str, Any]


@dataclass
class Sum:
    """So many records of each status."""

    counts: Counter[str]

    @classmethod
    def of(cls, row: Row) -> "Sum":
        """What a report tells, where it agrees with itself.

        Raises:
            DisagreementError: a sum or a rate in it does not follow from its counts.
        """
        found = cls(+Counter({name: row[name] for name in (*STATUSES, LEFT_EARLY)}))
        for name, told, true in (
            ("attended", row["attended"], found.attended),
            ("counted", row["counted"], found.counted),
            ("rate", row["rate"], found.rate),
        ):
            if told != true:
                raise DisagreementError(f"{name} is {told}, not {true}, of {dict(found.counts)}")
        return found

    @property
    def attended(self) -> int:
        return self.counts["present"] + self.counts["late"]

    @property
    def counted(self) -> int:
        return self.attended + self.counts["absent"]

    @property
    def records(self) -> int:
        return sum(self.counts[status] for status in STATUSES)

    @property
    def rate(self) -> float | None:
        """In per cent to one decimal."""
        if not self.counted:
            return None
        exact = Decimal(100 * self.attended) / Decimal(self.counted)
        return float(exact.quantize(Decimal("0.1"), ROUND_HALF_UP))

    def is_below(self, threshold: int) -> bool:
        return self.counted > 0 and Fraction(self.attended, self.counted) < Fraction(threshold, 100)


class Recount:
    """The outcomes of a range of days, both included."""

    def __init__(self, term: Term, since: date, until: date) -> None:
        self.outcomes = [one for one in term.outcomes if since <= one.lesson.day <= until]

    @cached_property
    def by_place(self) -> Mapping[tuple[int, int], Sum]:
        """Of each subject and student in it."""
        return _summed((one.lesson.subject, one.student, one) for one in self.outcomes)

    @cached_property
    def by_subject(self) -> Mapping[tuple[int, int], Sum]:
        return _summed((one.lesson.subject, 0, one) for one in self.outcomes)

    @cached_property
    def by_week(self) -> Mapping[tuple[int, int], Sum]:
        """Of each ISO year and week."""
        return _summed((*one.lesson.day.isocalendar()[:2], one) for one in self.outcomes)

    @property
    def whole(self) -> Sum:
        return _summed((0, 0, one) for one in self.outcomes).get((0, 0), Sum(Counter()))

    def of_student(self, student: int) -> Mapping[int, Sum]:
        """Of each subject of a student."""
        return {subject: found for (subject, who), found in self.by_place.items() if who == student}

    def at_risk(self, threshold: int) -> Mapping[tuple[int, int], Sum]:
        return {place: found for place, found in self.by_place.items() if found.is_below(threshold)}


def _summed(rows: Iterable[tuple[int, int, Outcome]]) -> dict[tuple[int, int], Sum]:
    found: dict[tuple[int, int], Sum] = {}
    for one, other, outcome in rows:
        into = found.setdefault((one, other), Sum(Counter())).counts
        into[outcome.status] += 1
        if outcome.left_early:
            into[LEFT_EARLY] += 1
    return found


class DisagreementError(Exception):
    """Two counts of the same thing that differ."""


def agree(what: str, told: object, true: object) -> None:
    """Raise DisagreementError unless the two are the same; of a table it names the first rows that differ."""
    if told == true:
        return
    if isinstance(told, Mapping) and isinstance(true, Mapping):
        differing = [key for key in {**told, **true} if told.get(key) != true.get(key)]
        raise DisagreementError(
            f"{what}: {len(differing)} rows differ, such as "
            f"{[(key, told.get(key), true.get(key)) for key in differing[:3]]}"
        )
    raise DisagreementError(f"{what}: {told}, not {true}")
