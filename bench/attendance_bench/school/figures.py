"""What the calls of a scenario amount to: how many, how long, how many failed, and in words."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from attendance_bench.school.playing import Asked

FAILED_FROM, ANSWERED_FROM = 400, 200
ALL = "all calls"


@dataclass(frozen=True)
class Figure:
    """One kind of call. Times in milliseconds; `statuses` counts the answers that were no success, 0 is none at all."""

    call: str
    count: int
    p50: float
    p95: float
    p99: float
    most: float
    statuses: Mapping[str, int]

    @property
    def failed(self) -> int:
        return sum(self.statuses.values())


@dataclass(frozen=True)
class Figures:
    """Of one level: all calls together first, then each, the most frequent first."""

    users: int
    per_second: float
    rows: Sequence[Figure]

    @property
    def whole(self) -> Figure:
        return self.rows[0]

    def told(self) -> str:
        """In one line."""
        whole = self.whole
        errors = ", ".join(f"{count} x {status}" for status, count in whole.statuses.items())
        return (
            f"{self.users} users {self.per_second:.1f} requests/s, p50/p95/p99 {whole.p50:.0f}/{whole.p95:.0f}/"
            f"{whole.p99:.0f} ms, {errors or 'no error'}"
        )


def figures(users: int, asked: Sequence[Asked]) -> Figures:
    """The figures of what was asked.

    Raises:
        ValueError: nothing was.
    """
    if not asked:
        raise ValueError("nothing was asked")
    by_call: dict[str, list[Asked]] = defaultdict(list)
    for one in asked:
        by_call[one.call].append(one)
    rows = sorted((_figure(call, some) for call, some in by_call.items()), key=lambda row: -row.count)
    seconds = max(one.at + one.ms / 1e3 for one in asked) - min(one.at for one in asked)
    return Figures(users, len(asked) / max(seconds, 1e-3), [_figure(ALL, asked), *rows])


def percentile(values: Iterable[float], share: float) -> float:
    """The least of the values that so large a share of them does not exceed."""
    ordered = sorted(values)
    return ordered[max(math.ceil(share * len(ordered)) - 1, 0)]


def _figure(call: str, asked: Sequence[Asked]) -> Figure:
    times = [one.ms for one in asked]
    failed = Counter(one.error or str(one.status) for one in asked if not ANSWERED_FROM <= one.status < FAILED_FROM)
    p50, p95, p99 = (percentile(times, share) for share in (0.5, 0.95, 0.99))
    return Figure(call, len(asked), p50, p95, p99, max(times), dict(failed.most_common()))
