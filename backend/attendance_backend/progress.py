"""Streams that tell how far something is: one loop of a process looks, for everybody who watches there.

It knows nothing of what is watched, nor who may; that is passed in, and asked again while a stream lasts.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import structlog
from fastapi.sse import ServerSentEvent
from pydantic import BaseModel

from attendance_kit.errors import ServiceError

log = structlog.stdlib.get_logger(__name__)
LOOK_SECONDS = 1.0
CHECK_SECONDS = 5.0
"""So long at most a stream lasts that its asker may not see any more."""
LONGEST_SECONDS = 600.0
"""Then a stream ends, and whoever still wants to watch asks anew."""


@dataclass(frozen=True)
class Seen:
    """How far something is. `over`: nothing more will come."""

    shown: BaseModel
    over: bool


Check = Callable[[], Awaitable[None]]
"""Raises once somebody may not see something any more."""
Look = Callable[[Sequence[str]], Awaitable[Mapping[str, Seen]]]
"""How far each of these is; one that is not there any more is left out."""


@dataclass(eq=False)
class _Watcher:
    """One stream. Only the last that was seen is kept for it: who reads slowly misses what is out of date."""

    last: Seen | None = None
    ended: bool = False
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def tell(self, seen: Seen | None) -> None:
        """Something was seen; None: it is there no more."""
        if seen is None:
            self.end()
        elif seen != self.last:
            self.last = seen
            self.news.set()

    def end(self) -> None:
        self.ended = True
        self.news.set()


class Feed:
    """Things of one kind that are watched."""

    def __init__(self, look: Look) -> None:
        self._look = look
        self._watchers: dict[str, set[_Watcher]] = {}

    async def look(self) -> None:
        """Look at everything that is watched, once, and tell what has changed."""
        watched = list(self._watchers)
        seen = await self._look(watched) if watched else {}
        for one in watched:
            for watcher in self._watchers.get(one, ()):
                watcher.tell(seen.get(one))

    def end(self) -> None:
        for watcher in [watcher for some in self._watchers.values() for watcher in some]:
            watcher.end()

    @contextlib.contextmanager
    def watching(self, one: str) -> Iterator[_Watcher]:
        watcher = _Watcher()
        self._watchers.setdefault(one, set()).add(watcher)
        try:
            yield watcher
        finally:
            self._watchers[one].discard(watcher)
            if not self._watchers[one]:
                del self._watchers[one]


class Progress:
    """The feeds of a process, by their names.

    Args:
        looks: how each kind of thing is looked at.
        stopping: set when the process ends; every stream ends then.
    """

    def __init__(self, looks: Mapping[str, Look], stopping: asyncio.Event) -> None:
        self._feeds = {name: Feed(look) for name, look in looks.items()}
        self._stopping = stopping

    async def run(self) -> None:
        """Look again and again, until the process stops."""
        while not self._stopping.is_set():
            for name, feed in self._feeds.items():
                await self._try(name, feed)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._stopping.wait()
        for feed in self._feeds.values():
            feed.end()

    async def _try(self, name: str, feed: Feed) -> None:
        try:
            await feed.look()
        except Exception:  # the loop outlives whatever a moment without a database brings
            log.exception("progress_not_seen", feed=name)

    async def events(self, name: str, one: str, check: Check) -> AsyncIterator[ServerSentEvent]:
        """How far one thing is, now and whenever that changes, until it is over; then an event `over`.

        Once `check` raises the stream just ends, as it does after ten minutes.
        """
        loop = asyncio.get_running_loop()
        end, checked = loop.time() + LONGEST_SECONDS, loop.time()
        with self._feeds[name].watching(one) as watcher:
            while not (watcher.ended or self._stopping.is_set()) and loop.time() < end:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout_at(checked + CHECK_SECONDS):
                        await watcher.news.wait()
                if loop.time() >= checked + CHECK_SECONDS:
                    if not await _passes(check):
                        return
                    checked = loop.time()
                if watcher.news.is_set() and watcher.last and not watcher.ended:
                    watcher.news.clear()
                    seen = watcher.last
                    yield ServerSentEvent(event="progress", data=seen.shown)
                    if seen.over:
                        yield ServerSentEvent(event="over", data={})
                        return


async def _passes(check: Check) -> bool:
    try:
        await check()
    except ServiceError:
        return False
    return True
