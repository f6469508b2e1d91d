"""Filters of a query put together flat. The embedded database walks a whole collection for any `$and` or `$or`."""

from collections.abc import Callable, Mapping
from operator import ge, gt, le, lt
from typing import Any

Filter = Mapping[str, Any]
TIGHTER: Mapping[str, Callable[[Any, Any], Any]] = {
    "$gt": max,
    "$gte": max,
    "$lt": min,
    "$lte": min,
    "$in": lambda first, second: [value for value in first if value in second],
}
"""Which of two bounds of one kind is the one that counts."""
HOLDS: Mapping[str, Callable[[Any, Any], bool]] = {"$gt": gt, "$gte": ge, "$lt": lt, "$lte": le}


def all_of(*filters: Filter) -> dict[str, Any]:
    """One filter that holds where all of these hold, with each field once. A field bound twice may hold no list.

    Raises:
        ValueError: two of them have an `$or`, or another operator that is no bound of a field.
        KeyError: a field is bound twice by an operator of which nobody can tell which bound is tighter.
    """
    merged: dict[str, Any] = {}
    for wanted in (one for given in filters for one in given.items()):
        field, value = wanted
        merged[field] = _both(field, merged[field], value) if field in merged else value
    return merged


def _both(field: str, first: Any, second: Any) -> Any:
    """What a field has to be to be both; of two equal things one, of what can't be both nothing."""
    if field.startswith("$"):
        raise ValueError(f"{field} can't be put together flat")
    if first == second:
        return first
    bounds = [value if _has_operators(value) else {"$in": [value]} for value in (first, second)]
    return _least(
        {name: _bound(name, [bound[name] for bound in bounds if name in bound]) for name in {**bounds[0], **bounds[1]}}
    )


def _least(bounds: dict[str, Any]) -> Any:
    """The same with no range beside a list of values: the embedded database finds a list only where it is alone."""
    if "$in" not in bounds:
        return bounds
    ranges = {name: bounds.pop(name) for name in HOLDS if name in bounds}
    values = [value for value in bounds.pop("$in") if _holds(value, ranges)]
    if bounds or len(values) != 1:
        return {"$in": values, **bounds}
    return values[0]


def _holds(value: Any, ranges: Mapping[str, Any]) -> bool:
    """As the database has it: nothing lies before or behind what is of another kind."""
    try:
        return all(HOLDS[name](value, bound) for name, bound in ranges.items())
    except TypeError:
        return False


def _bound(name: str, values: list[Any]) -> Any:
    if len(values) == 1:
        return values[0]
    return TIGHTER[name](*values)


def _has_operators(value: Any) -> bool:
    return isinstance(value, Mapping) and any(str(name).startswith("$") for name in value)
