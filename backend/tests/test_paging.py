"""Pages of a list."""

import base64
import json
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from attendance_backend.paging import DOWN, UP, Last, Page, PageRequest, asked_page, sortable
from attendance_kit.errors import InvalidRequest

Row = dict[str, Any]
SORTED_BY = sortable("name", "age").dependency


def database(rows: list[Row], request: PageRequest) -> list[Row]:
    """What a database gives out for a request."""
    for field, direction in reversed(request.order):
        rows = sorted(rows, key=lambda row, by=field: row[by], reverse=direction == DOWN)
    return [row for row in rows if _matches(row, request.narrow({}))][: request.fetch]


def _matches(row: Row, query: Row) -> bool:
    return all(_holds(row, field, wanted) for field, wanted in query.items())


def _holds(row: Row, field: str, wanted: Any) -> bool:
    if field in {"$and", "$or"}:
        return (all if field == "$and" else any)(_matches(row, part) for part in wanted)
    if isinstance(wanted, dict):
        (comparison, limit), *_ = wanted.items()
        return bool(row[field] > limit if comparison == "$gt" else row[field] < limit)
    return bool(row[field] == wanted)


def walk(rows: list[Row], limit: int, sort: str | None) -> list[str]:
    """All ids, page by page."""
    walked: list[str] = []
    cursor = None
    while True:
        request = SORTED_BY(limit, cursor, sort) if sort else asked_page(limit, cursor)
        page: Page[str] = request.cut(database(rows, request), lambda row: str(row["_id"]))
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

    assert walk(documents, limit, sort) == [row["_id"] for row in expected]


def made_up(content: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode()


@pytest.mark.parametrize(
    "cursor",
    ["%%%", "a", "/w==", "é", made_up([]), made_up({"id": 3}), made_up({"id": {"$gt": ""}}), made_up({"x": "y"})],
)
def test_a_made_up_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(InvalidRequest):
        asked_page(10, cursor)


@pytest.mark.parametrize(
    "content",
    [
        {"id": "x"},
        {"id": "x", "sort": "-name", "value": "n"},
        {"id": "x", "sort": "name"},
        {"id": "x", "sort": "name", "value": {"$gt": ""}},
    ],
)
def test_a_cursor_of_another_order_is_refused(content: object) -> None:
    with pytest.raises(InvalidRequest):
        SORTED_BY(10, made_up(content), "name")


def test_the_database_is_asked_for_what_lies_behind_the_cursor() -> None:
    assert PageRequest(10).narrow({"a": 1}) == {"a": 1}
    assert PageRequest(10, Last(id="x")).narrow({"a": 1}) == {"a": 1, "_id": {"$gt": "x"}}
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
