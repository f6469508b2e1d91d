"""How much one message to the database carries where there are many rows."""

from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from attendance_backend.filters import Filter

T = TypeVar("T")
MOST_ASKED = 100
"""Values in one `$in`. The embedded database takes the square of their number: 100 in 30 ms, 1,000 in 2.5 s."""
EXTERNAL: Filter = {"external_id": {"$type": "string"}}
"""What another system has named: of these, and no others, an index holds each name once."""
MOST_WRITTEN = 1_000
"""Documents in one write: half a megabyte of students."""


def pieces(rows: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """The rows in their order, `size` at a time."""
    for start in range(0, len(rows), size):
        yield rows[start : start + size]


async def batches(
    rows: AsyncIterable[Mapping[str, Any]], read: Callable[[Mapping[str, Any]], T]
) -> AsyncIterator[list[T]]:
    """The rows of a query as the database sends them, some at a time. A whole collection is walked once by this.

    Page by page the embedded database would walk it each time: 50,000 rows take 0.7 s this way, a page of them 1 s.
    """
    some = list[T]()
    async for row in rows:
        some.append(read(row))
        if len(some) == MOST_WRITTEN:
            yield some
            some = []
    if some:
        yield some
