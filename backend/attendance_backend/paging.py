"""Pages of a list: `?limit=50&sort=-name&cursor=...` in, `{"items": [...], "next_cursor": ...}` out, for any store."""

import base64
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, Generic, Protocol, Self, TypeVar

from fastapi import Depends, Query
from pydantic import BaseModel, ConfigDict, ValidationError

from attendance_backend.domains.identity.schemas import Caller
from attendance_backend.filters import all_of
from attendance_kit.errors import InvalidRequest

T = TypeVar("T")
R = TypeVar("R")
MAX_LIMIT = 200
UP, DOWN = 1, -1
NEWEST_FIRST = "-id"
Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT)]


class Page(BaseModel, Generic[T]):
    """Some rows of a list, and where the next ones begin (None: there are no more)."""

    items: list[T]
    next_cursor: str | None = None

    def map(self, change: Callable[[T], R]) -> "Page[R]":
        return Page(items=[change(item) for item in self.items], next_cursor=self.next_cursor)


class Last(BaseModel):
    """The last row of the page before: its id and, where the list is sorted by a field, its value of that field."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    id: str
    sort: str | None = None
    value: str | int | None = None


class Rows(Protocol):
    """What a query finds, not read yet."""

    def sort(self, order: Any, /) -> Self: ...

    def limit(self, most: int, /) -> Self: ...

    async def to_list(self) -> list[dict[str, Any]]: ...


class Collection(Protocol):
    """Where the rows of a list are kept."""

    def find(self, query: Mapping[str, Any], /, *, comment: str) -> Any:
        """`Rows` (the driver's own are not typed so narrowly)."""


@dataclass(frozen=True)
class PageRequest:
    """Which rows are asked for: `limit` of them, those behind `after`.

    `sort` is the field they are sorted by, with a minus before it for the largest first, and None for the order in
    which they were made; `NEWEST_FIRST` is that order from its end. Rows
    that are alike in the field are told apart by id, so every list has one order.
    """

    limit: int
    after: Last | None = None
    sort: str | None = None
    kept_as: str | None = None
    """The field of the kept row that the sort means, where it is called otherwise there."""

    @property
    def fetch(self) -> int:
        """One row more than asked for tells whether there is a next page, without counting."""
        return self.limit + 1

    @property
    def order(self) -> list[tuple[str, int]]:
        """What the rows have to be sorted by: an index of the collection has to begin with what is equal, then this."""
        by_field = [(self._field, self._direction)] if self._field else []
        return [*by_field, ("_id", self._direction)]

    async def read(
        self,
        caller: Caller,
        collection: Collection,
        query: Mapping[str, Any],
        read: Callable[[Mapping[str, Any]], T],
    ) -> Page[T]:
        """The page out of a collection, of the rows that the query finds."""
        return self.cut(await self._rows(caller, collection, query), read)

    async def read_any(
        self,
        caller: Caller,
        collection: Collection,
        queries: Sequence[Mapping[str, Any]],
        read: Callable[[Mapping[str, Any]], T],
    ) -> Page[T]:
        """The page of the rows that one of the queries finds: asked one by one, since an `$or` walks no index."""
        found = [row for query in queries for row in await self._rows(caller, collection, query)]
        return self.of({row["_id"]: row for row in found}.values(), read)

    async def _rows(self, caller: Caller, collection: Collection, query: Mapping[str, Any]) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        for part in self.parts(query):
            if (missing := self.fetch - len(found)) > 0:
                rows: Rows = collection.find(part, comment=caller.label)
                found += await rows.sort(self.order).limit(missing).to_list()
        return found

    def narrow(self, query: Mapping[str, Any]) -> dict[str, Any]:
        """The query for rows of this page and behind in a list in the order in which they were made."""
        return all_of(query, {"_id": {"$gt" if self._direction == UP else "$lt": self.after.id}} if self.after else {})

    def parts(self, query: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The queries that find the rows of this page and behind, one after the other, to be sorted by `order`.

        The rest of those that are alike in the field, then those beyond.
        """
        last, beyond = self.after, "$gt" if self._direction == UP else "$lt"
        if last is None or self._field is None:
            return [self.narrow(query)]
        alike = {self._field: last.value, "_id": {beyond: last.id}}
        return [all_of(query, alike), all_of(query, {self._field: {beyond: last.value}})]

    def cut(self, rows: Sequence[Mapping[str, Any]], read: Callable[[Mapping[str, Any]], T]) -> Page[T]:
        """The page out of at most `fetch` rows."""
        kept = rows[: self.limit]
        cursor = self._cursor(kept[-1]) if len(rows) > self.limit else None
        return Page(items=[read(row) for row in kept], next_cursor=cursor)

    def of(self, rows: Iterable[Mapping[str, Any]], read: Callable[[Mapping[str, Any]], T]) -> Page[T]:
        """The page of a list that no collection holds. Each row has an `_id`, and the field they are sorted by.

        Raises:
            InvalidRequest: the cursor is none of this list.
        """
        ordered = sorted(rows, key=self._place, reverse=self._direction == DOWN)
        return self.cut([row for row in ordered if self._is_behind(row)][: self.fetch], read)

    def _place(self, row: Mapping[str, Any]) -> tuple[Any, ...]:
        return tuple(row[name] for name, _ in self.order)

    def _is_behind(self, row: Mapping[str, Any]) -> bool:
        if self.after is None:
            return True
        last = (self.after.value, self.after.id) if self._field else (self.after.id,)
        try:
            return self._place(row) > last if self._direction == UP else self._place(row) < last
        except TypeError as error:
            raise InvalidRequest("The cursor is none that this list gave out.", field="cursor") from error

    @property
    def _field(self) -> str | None:
        if self.sort is None or self.sort == NEWEST_FIRST:
            return None
        return self.kept_as or self.sort.removeprefix("-")

    @property
    def _direction(self) -> int:
        return DOWN if self.sort and self.sort.startswith("-") else UP

    def _cursor(self, row: Mapping[str, Any]) -> str:
        last = Last(id=row["_id"], sort=self.sort, value=row[self._field] if self._field else None)
        return base64.urlsafe_b64encode(last.model_dump_json(exclude_none=True).encode()).decode()


def _read(cursor: str, sort: str | None) -> Last:
    try:
        last = Last.model_validate(json.loads(base64.b64decode(cursor.encode(), altchars=b"-_", validate=True)))
    except (ValueError, ValidationError) as error:
        raise InvalidRequest("The cursor is none that this list gave out.", field="cursor") from error
    if last.sort != sort or (sort in {None, NEWEST_FIRST}) != (last.value is None):
        raise InvalidRequest("The cursor belongs to the same list sorted otherwise.", field="cursor")
    return last


def next_page(page: PageRequest, found: Page[Any]) -> PageRequest | None:
    """What to ask for to get the page behind the one that was found; None: that was the last."""
    if found.next_cursor is None:
        return None
    return replace(page, after=_read(found.next_cursor, page.sort))


async def asked_page(limit: Limit = 50, cursor: str | None = None) -> PageRequest:
    """The page that a request asks for, in the order in which the rows were made."""
    return PageRequest(limit, _read(cursor, None) if cursor else None)


async def newest_page(limit: Limit = 50, cursor: str | None = None) -> PageRequest:
    """The page that a request asks for of a list that begins with what was made last."""
    return PageRequest(limit, _read(cursor, NEWEST_FIRST) if cursor else None, NEWEST_FIRST)


AskedPage = Annotated[PageRequest, Depends(asked_page)]
NewestPage = Annotated[PageRequest, Depends(newest_page)]


def sortable(*fields: str, **kept_as: str) -> Any:
    """The dependency for a page of a list that can be sorted by these fields. Each row has a text or number in them.

    The first is the order for whoever names none. `kept_as` are those that the kept rows have under another name.
    """
    names = "|".join([*fields, *kept_as])

    async def asked(
        limit: Limit = 50,
        cursor: str | None = None,
        sort: Annotated[str, Query(pattern=f"^-?({names})$")] = fields[0],
    ) -> PageRequest:
        return PageRequest(limit, _read(cursor, sort) if cursor else None, sort, kept_as.get(sort.removeprefix("-")))

    return Depends(asked)
