"""Pages of a list."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attendance_backend.paging import Page, PageRequest, asked_page
from attendance_kit.errors import InvalidRequest


def walk(rows: list[dict[str, str]], limit: int) -> list[str]:
    """All ids, page by page, as a database would give them out."""
    walked: list[str] = []
    request = PageRequest(limit)
    while True:
        after = request.after or ""
        fetched = [row for row in rows if row["_id"] > after][: request.fetch]
        page: Page[str] = request.cut(fetched, lambda row: str(row["_id"]))
        walked += page.items
        if page.next_cursor is None:
            return walked
        request = asked_page(limit, page.next_cursor)


@given(ids=st.sets(st.text(min_size=1, max_size=5)), limit=st.integers(1, 7))
def test_walking_the_pages_shows_every_row_once(ids: set[str], limit: int) -> None:
    rows = [{"_id": row_id} for row_id in sorted(ids)]

    assert walk(rows, limit) == sorted(ids)


@pytest.mark.parametrize("cursor", ["%%%", "a", "/w==", "é"])
def test_a_made_up_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(InvalidRequest):
        asked_page(10, cursor)


def test_the_database_is_asked_for_what_lies_behind_the_cursor() -> None:
    assert PageRequest(10).narrow({"a": 1}) == {"a": 1}
    assert PageRequest(10, "x").narrow({"a": 1}) == {"$and": [{"a": 1}, {"_id": {"$gt": "x"}}]}
