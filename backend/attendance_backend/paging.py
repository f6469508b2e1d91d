"""Pages of a list: `?limit=50&cursor=...` in, `{"items": [...], "next_cursor": ...}` out. It knows no database."""

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Depends, Query
from pydantic import BaseModel

from attendance_kit.errors import InvalidRequest

T = TypeVar("T")
R = TypeVar("R")
MAX_LIMIT = 200


class Page(BaseModel, Generic[T]):
    """Some rows of a list, and where the next ones begin (None: there are no more)."""

    items: list[T]
    next_cursor: str | None = None

    def map(self, change: Callable[[T], R]) -> "Page[R]":
        return Page(items=[change(item) for item in self.items], next_cursor=self.next_cursor)


@dataclass(frozen=True)
class PageRequest:
    """Which rows are asked for: `limit` of them, those whose id sorts behind `after`."""

    limit: int
    after: str | None = None

    @property
    def fetch(self) -> int:
        """One row more than asked for tells whether there is a next page, without counting."""
        return self.limit + 1

    def narrow(self, query: Mapping[str, Any]) -> dict[str, Any]:
        """The query for rows of this page and behind, to be sorted by `_id`."""
        return {"$and": [query, {"_id": {"$gt": self.after}}]} if self.after else dict(query)

    def cut(self, rows: Sequence[Mapping[str, Any]], read: Callable[[Mapping[str, Any]], T]) -> Page[T]:
        """The page out of at most `fetch` rows."""
        kept = rows[: self.limit]
        cursor = _encode(kept[-1]["_id"]) if len(rows) > self.limit else None
        return Page(items=[read(row) for row in kept], next_cursor=cursor)


def _encode(last_id: str) -> str:
    return base64.urlsafe_b64encode(last_id.encode()).decode()


def _decode(cursor: str) -> str:
    try:
        return base64.b64decode(cursor.encode(), altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeError) as error:
        raise InvalidRequest("The cursor is none that this list gave out.", field="cursor") from error


def asked_page(limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = 50, cursor: str | None = None) -> PageRequest:
    """The page that a request asks for."""
    return PageRequest(limit, _decode(cursor) if cursor else None)


AskedPage = Annotated[PageRequest, Depends(asked_page)]
