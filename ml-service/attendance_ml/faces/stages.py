"""The stages that work on a photo goes through, and who watches them: timed, and not begun once nobody waits for it.

Without a watch, as in a program of one's own, nothing is timed and nothing is dropped.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from enum import StrEnum
from typing import Protocol


class Stage(StrEnum):
    """The library's own; who serves it may have others."""

    DECODE = "decode"
    DETECT = "detect"
    ALIGN = "align"
    EMBED = "embed"
    LIVENESS = "liveness"
    MATCH = "match"


class Watch(Protocol):
    """Looks on while one call is worked on. Called from whichever thread does the work."""

    def check(self, before: str) -> None:
        """Raises whatever shall end the work, when nobody waits for it any more."""

    def took(self, stage: str, seconds: float) -> None:
        """A stage is over, well or not."""

    def ran_batch(self, crops: int, callers: int) -> None:
        """The embedder has run once, on so many crops of so many callers."""


_watch: ContextVar[Watch | None] = ContextVar("watch", default=None)


@contextmanager
def watched_by(watch: Watch) -> Iterator[None]:
    """Everything in the `with` block is watched by `watch`, in this context only."""
    token = _watch.set(watch)
    try:
        yield
    finally:
        _watch.reset(token)


def current_watch() -> Watch | None:
    """Who watches the work of this context."""
    return _watch.get()


@contextmanager
def stage(name: str) -> Iterator[None]:
    """One stage of the work. Raises what the watch raises, before anything is done."""
    watch = _watch.get()
    if watch is None:
        yield
        return
    watch.check(name)
    started = time.perf_counter()
    try:
        yield
    finally:
        watch.took(name, time.perf_counter() - started)
