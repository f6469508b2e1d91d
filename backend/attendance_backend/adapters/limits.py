"""Failures counted by the library `limits`, in this process's memory and by the machine's clock."""

import time

from limits import parse
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter


class MovingWindow:
    """A `FailureLimit` over a window that ends now.

    Args:
        rule: such as "300 per 10 minutes".
    """

    def __init__(self, rule: str) -> None:
        self._rule = parse(rule)
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    async def wait(self, key: str) -> float:
        window = await self._limiter.get_window_stats(self._rule, key)
        return 0.0 if window.remaining else max(0.0, window.reset_time - time.time())

    async def count(self, key: str) -> bool:
        had_room = await self._limiter.hit(self._rule, key)
        return had_room and (await self._limiter.get_window_stats(self._rule, key)).remaining == 0
