"""Filters put together flat find what each of them finds."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attendance_backend.filters import all_of

Values = st.integers(0, 3)
Conditions = st.one_of(
    Values,
    st.fixed_dictionaries({"$in": st.lists(Values, max_size=3)}),
    st.fixed_dictionaries({"$gt": Values}),
    st.fixed_dictionaries({"$gte": Values, "$lte": Values}),
)
Filters = st.dictionaries(st.sampled_from("abc"), Conditions, max_size=2)
HOLDS = {
    "$in": lambda value, wanted: value in wanted,
    "$gt": lambda value, wanted: value > wanted,
    "$gte": lambda value, wanted: value >= wanted,
    "$lte": lambda value, wanted: value <= wanted,
    "$eq": lambda value, wanted: value == wanted,
}


def finds(query: dict[str, Any], row: dict[str, int]) -> bool:
    def holds(field: str, wanted: Any) -> bool:
        bounds = wanted if isinstance(wanted, dict) else {"$eq": wanted}
        return all(HOLDS[name](row[field], bound) for name, bound in bounds.items())

    return all(holds(field, wanted) for field, wanted in query.items())


@given(first=Filters, second=Filters, row=st.fixed_dictionaries(dict.fromkeys("abc", Values)))
def test_what_is_put_together_finds_what_both_find(
    first: dict[str, Any], second: dict[str, Any], row: dict[str, int]
) -> None:
    together = all_of(first, second)

    assert finds(together, row) == (finds(first, row) and finds(second, row))
    assert not [name for name in together if name.startswith("$")]


def test_what_can_not_be_flat_is_said_at_once() -> None:
    with pytest.raises(ValueError, match="can't be put together"):
        all_of({"$or": [{"a": 1}]}, {"$or": [{"b": 1}]})
    with pytest.raises(KeyError):
        all_of({"a": {"$ne": 1}}, {"a": {"$ne": 2}})
    assert all_of({"a": 1}, {"$or": [{"b": 1}]}) == {"a": 1, "$or": [{"b": 1}]}


def test_no_bound_is_left_beside_the_values_that_are_asked_for() -> None:
    assert all_of({"_id": {"$in": ["a", "x", "y"]}}, {"_id": {"$gt": "b"}}) == {"_id": {"$in": ["x", "y"]}}
    assert all_of({"_id": {"$gte": "b", "$lt": "d"}}, {"_id": "c"}) == {"_id": "c"}
    assert all_of({"_id": "a"}, {"_id": {"$gt": "b"}}) == {"_id": {"$in": []}}
    assert all_of({"_id": 3}, {"_id": {"$gt": "b"}}) == {"_id": {"$in": []}}
