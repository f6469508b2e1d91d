"""A job as kept, and as the program declares it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from attendance_backend.documents import Document


class Job(Document):
    """When a job is next due. Its id is its name, so there is one however many processes there are."""

    due: datetime
    last_at: datetime | None = None
    last_error: str | None = None


@dataclass(frozen=True)
class Queue:
    """A collection of documents that wait until they are `due`; `furthest` off is the longest that one is put off.

    `states` are those that documents wait in, where the index by which they are found begins with the state.
    """

    collection: str
    furthest: timedelta
    states: tuple[str, ...] = ()


@dataclass(frozen=True)
class Recurring:
    """Something to be done every so often. A step may be cut short at any moment and has to bear being done again."""

    name: str
    every: timedelta
    step: Callable[[], Awaitable[None]]
