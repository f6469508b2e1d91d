"""Filters of a query put together flat. The embedded database walks a whole collection for any `$and` or `$or`."""

from collections.abc import Callable, Mapping
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
NOTHING: dict[str, Any] = {"$in": []}


def all_of(*filters: Filter) -> dict[str, Any]:
    """One filter that holds where all of these hold, with each field once.

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
    for plain, other in ((first, second), (second, first)):
        if not _has_operators(plain) and _has_operators(other) and set(other) == {"$in"}:
            return plain if plain in other["$in"] else NOTHING
    if not _has_operators(first) and not _has_operators(second):
        return NOTHING
    bounds = [value if _has_operators(value) else {"$eq": value} for value in (first, second)]
    return {
        name: _bound(name, [bound[name] for bound in bounds if name in bound]) for name in {**bounds[0], **bounds[1]}
    }


def _bound(name: str, values: list[Any]) -> Any:
    if len(values) == 1:
        return values[0]
    return TIGHTER[name](*values)


def _has_operators(value: Any) -> bool:
    return isinstance(value, Mapping) and any(str(name).startswith("$") for name in value)
