"""Pages of a list."""

import asyncio
import base64
import json
from operator import gt, lt
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from attendance_backend.domains.identity.schemas import SYSTEM
from attendance_backend.paging import DOWN, UP, Last, Page, PageRequest, asked_page, next_page, sortable
from attendance_kit.errors import InvalidRequest

Row = dict[str, Any]
SORTED_BY = sortable("name", "age").dependency


class Kept:
    """A collection that finds as a database does, and what it was asked."""

    def __init__(self, rows: list[Row]) -> None:
        self._rows = rows
        self.asked: list[Row] = []

    def find(self, query: Row, *, comment: str) -> "Kept":
        self.asked.append(query)
        return Kept([row for row in self._rows if comment and _matches(row, query)])

    def sort(self, order: list[tuple[str, int]]) -> "Kept":
        rows = self._rows
        for field, direction in reversed(order):
            rows = sorted(rows, key=lambda row, by=field: row[by], reverse=direction == DOWN)
        return Kept(rows)

    def limit(self, most: int) -> "Kept":
        return Kept(self._rows[:most])

    async def to_list(self) -> list[Row]:
        return self._rows


def _matches(row: Row, query: Row) -> bool:
    return all(_holds(row[field], wanted) for field, wanted in query.items())


def _holds(value: Any, wanted: Any) -> bool:
    bounds = wanted if isinstance(wanted, dict) else {"$in": [wanted]}
    compared = {"$gt": gt, "$lt": lt, "$in": lambda one, several: one in several}
    return all(compared[name](value, bound) for name, bound in bounds.items())


async def walk(kept: Kept, limit: int, sort: str | None) -> list[str]:
    """All ids, page by page."""
    walked: list[str] = []
    cursor = None
    while True:
        request = await (SORTED_BY(limit, cursor, sort) if sort else asked_page(limit, cursor))
        page: Page[str] = await request.read(SYSTEM, kept, {}, lambda row: str(row["_id"]))
        walked += page.items
        if (cursor := page.next_cursor) is None:
            return walked


@given(
    rows=st.dictionaries(st.text(min_size=1, max_size=5), st.tuples(st.text(max_size=1), st.integers(0, 3))),
    limit=st.integers(1, 7),
    sort=st.sampled_from([None, "name", "-name", "age", "-age"]),
)
def test_walking_the_pages_shows_every_row_once_in_order(
    rows: dict[str, tuple[str, int]], limit: int, sort: str | None
) -> None:
    documents = [{"_id": row_id, "name": name, "age": age} for row_id, (name, age) in rows.items()]
    field = (sort or "_id").removeprefix("-")
    expected = sorted(documents, key=lambda row: (row[field], row["_id"]), reverse=bool(sort and sort[0] == "-"))

    kept = Kept(documents)
    assert asyncio.run(walk(kept, limit, sort)) == [row["_id"] for row in expected]
    assert not [query for query in kept.asked if any(field.startswith("$") for field in query)]


@given(
    rows=st.dictionaries(st.text(min_size=1, max_size=3), st.tuples(st.integers(0, 2), st.integers(0, 2)), max_size=12),
    limit=st.integers(1, 5),
)
def test_the_pages_of_two_queries_show_what_either_finds_once_in_order(
    rows: dict[str, tuple[int, int]], limit: int
) -> None:
    kept = Kept([{"_id": row_id, "a": a, "b": b} for row_id, (a, b) in rows.items()])

    async def walk_both() -> list[str]:
        request: PageRequest | None = PageRequest(limit)
        walked: list[str] = []
        while request:
            page: Page[str] = await request.read_any(SYSTEM, kept, [{"a": 1}, {"b": 1}], lambda row: str(row["_id"]))
            walked += page.items
            request = next_page(request, page)
        return walked

    assert asyncio.run(walk_both()) == sorted(row_id for row_id, both in rows.items() if 1 in both)


def made_up(content: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode()


@pytest.mark.parametrize(
    "cursor",
    ["%%%", "a", "/w==", "é", made_up([]), made_up({"id": 3}), made_up({"id": {"$gt": ""}}), made_up({"x": "y"})],
)
async def test_a_made_up_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(InvalidRequest):
        await asked_page(10, cursor)


@pytest.mark.parametrize(
    "content",
    [
        {"id": "x"},
        {"id": "x", "sort": "-name", "value": "n"},
        {"id": "x", "sort": "name"},
        {"id": "x", "sort": "name", "value": {"$gt": ""}},
    ],
)
async def test_a_cursor_of_another_order_is_refused(content: object) -> None:
    with pytest.raises(InvalidRequest):
        await SORTED_BY(10, made_up(content), "name")


def test_the_database_is_asked_for_what_lies_behind_the_cursor() -> None:
    assert PageRequest(10).parts({"a": 1}) == [{"a": 1}]
    assert PageRequest(10, Last(id="x")).parts({"a": 1}) == [{"a": 1, "_id": {"$gt": "x"}}]
    behind = Last(id="x", sort="-name", value="n")
    assert PageRequest(10, behind, "-name").parts({"a": 1, "name": {"$gte": "m"}}) == [
        {"a": 1, "name": "n", "_id": {"$lt": "x"}},
        {"a": 1, "name": {"$gte": "m", "$lt": "n"}},
    ]
    assert PageRequest(10, sort="-name").order == [("name", DOWN), ("_id", DOWN)]
    assert PageRequest(10).order == [("_id", UP)]


def test_a_list_is_sorted_by_its_own_fields_only() -> None:
    app = FastAPI()

    @app.get("/")
    def rows(page: PageRequest = sortable("name", "age")) -> str | None:  # noqa: B008  # as FastAPI reads it
        return page.sort

    with TestClient(app) as client:
        asked = [client.get("/", params=params) for params in ({}, {"sort": "-age"}, {"sort": "password_hash"})]

    assert [answer.status_code for answer in asked] == [200, 200, 422]
    assert [answer.json() for answer in asked[:2]] == ["name", "-age"]
