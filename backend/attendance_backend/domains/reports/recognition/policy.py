"""What counts of faces and students become: rates with their intervals, and what these can't say."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from math import sqrt
from typing import TypeVar

from attendance_backend.domains.reports.recognition.schemas import Quality, Rate
from attendance_backend.domains.tallies.faces.schemas import (
    NO_FACES,
    NO_OUTCOME,
    FaceCounts,
    FaceTally,
    Judged,
    Outcomes,
)
from attendance_backend.domains.tallies.schemas import monday_of

K = TypeVar("K", bound=Hashable)
MIN_CASES = 30
"""With none wrong of 30 the interval still reaches 11 %: a rate of fewer cases would say nothing, and look exact."""
Z = 1.959964
"""Of the standard normal distribution, 95 % lie within so many deviations."""
CAVEATS = (
    (
        "A false match is a student whom the photos alone named and whom staff then recorded as absent, while they "
        "looked the register over or later. One that nobody noticed is not counted: the true rate is at least this."
    ),
    (
        "A miss is a student with an enrolled face whom no photo showed and whose record says present or late. Who "
        "stood outside the picture or came after it is among them: recognition itself misses at most this."
    ),
    (
        "The intervals hold for cases that have nothing to do with each other. The same faces come every week, so the "
        "truth is less certain than they say; with few students it is much less."
    ),
    (
        "These are shares of students, not of comparisons: they can't be held against the false match rate that "
        "thresholds are calibrated to."
    ),
)


@dataclass(frozen=True)
class Sum:
    """Face tallies put together."""

    sessions: int = 0
    faces: FaceCounts = NO_FACES
    outcomes: Outcomes = NO_OUTCOME

    def __add__(self, other: "Sum") -> "Sum":
        return Sum(self.sessions + other.sessions, self.faces + other.faces, self.outcomes + other.outcomes)


@dataclass(frozen=True)
class Cell:
    """What tallies are told apart by."""

    subject_id: str
    monday: str
    judged: Judged | None


def cells(tallies: Iterable[FaceTally]) -> dict[Cell, Sum]:
    """The tallies of each subject, week and way of judging, put together."""
    found: dict[Cell, Sum] = defaultdict(Sum)
    for one in tallies:
        if not one.is_empty:
            of = Cell(one.subject_id, monday_of(one.date), one.judged)
            found[of] += Sum(int(one.faces.photos > 0), one.faces, one.outcomes)
    return found


def by(found: dict[Cell, Sum], key: Callable[[Cell], K]) -> dict[K, Sum]:
    """The cells put together by some of what they are told apart by."""
    sums: dict[K, Sum] = defaultdict(Sum)
    for cell, numbers in found.items():
        sums[key(cell)] += numbers
    return sums


def quality(numbers: Sum) -> Quality:
    told = numbers.outcomes
    there = told.named_there + told.offered_there + told.unseen_there
    return Quality(
        sessions=numbers.sessions,
        faces=numbers.faces,
        outcomes=told,
        false_matches=rate(told.named_absent, told.named_there + told.named_absent),
        misses=rate(told.unseen_there, there),
        asked=rate(told.offered_there, there),
    )


def rate(count: int, cases: int) -> Rate:
    """A part of cases in per cent, if there are enough of them, with Wilson's interval."""
    if cases < MIN_CASES:
        return Rate(count=count, cases=cases, rate=None, low=None, high=None)
    low, high = wilson(count, cases)
    return Rate(count=count, cases=cases, rate=_percent(count / cases), low=_percent(low), high=_percent(high))


def wilson(count: int, cases: int) -> tuple[float, float]:
    """Wilson's score interval at 95 % of a part `count / cases` (Wilson 1927); 0 and 1 are never left."""
    share, square = count / cases, Z * Z / cases
    middle = (share + square / 2) / (1 + square)
    half = Z * sqrt(share * (1 - share) / cases + square / cases / 4) / (1 + square)
    return max(middle - half, 0.0), min(middle + half, 1.0)


def _percent(share: float) -> float:
    return round(100 * share, 2)
