"""Failures counted in this process's memory, by a clock that is never set back."""

import time
from collections import deque
from collections.abc import Callable

from limits import parse

FORGOTTEN_AT = 10_000
"""Keys: when there are more, those whose failures are all over go."""


class MovingWindow:
    """A `FailureLimit` over a window that ends now.

    Args:
        rule: such as "300 per 10 minutes".
        now: seconds that only grow.
    """

    def __init__(self, rule: str, now: Callable[[], float] = time.monotonic) -> None:
        parsed = parse(rule)
        self._most, self._seconds = parsed.amount, parsed.get_expiry()
        self._now = now
        self._counted: dict[str, deque[float]] = {}

    async def wait(self, key: str) -> float:
        counted = self._recent(key)
        return 0.0 if len(counted) < self._most else counted[0] + self._seconds - self._now()

    async def count(self, key: str) -> bool:
        if len(self._counted) > FORGOTTEN_AT:
            self._counted = {each: times for each in self._counted if (times := self._recent(each))}
        counted = self._recent(key)
        if len(counted) >= self._most:
            return False
        self._counted[key] = counted
        counted.append(self._now())
        return len(counted) == self._most

    def _recent(self, key: str) -> deque[float]:
        counted = self._counted.get(key, deque())
        while counted and counted[0] + self._seconds <= self._now():
            counted.popleft()
        return counted
