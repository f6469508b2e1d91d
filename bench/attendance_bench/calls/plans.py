"""Which index a query can be answered by, judged by its shape alone. It asks no database: the embedded one's own
explanation is not what it does.

The rules hold for MongoDB and are what the embedded database does: equality with the first fields of an index, then
one range; the rest is looked through in what that finds. There, a `$or` or `$and` is never looked up, and neither is
a range of ids alone.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from attendance_bench.calls.wire import Command

REFUSED = {"count", "distinct", "findAndModify", "mapReduce"}
"""Commands that walk a whole collection on the embedded database whatever its indexes."""
RANGES = {"$gt", "$gte", "$lt", "$lte"}
BY_ID = "_id"
Order = Sequence[tuple[str, int]]


@dataclass(frozen=True)
class Index:
    """The fields of an index in their order; it holds only documents with the fields of `only`."""

    fields: tuple[str, ...]
    only: Mapping[str, Any] | None = None


ID_INDEX = Index((BY_ID,))


@dataclass(frozen=True)
class Plan:
    """What one query is answered by. `fault` says why that is a walk over the whole collection."""

    asked: str
    index: str = ""
    fault: str = ""


def plans_of(command: Command, indexes: Sequence[Index]) -> Iterator[Plan]:
    """A plan for each query in a command; none for one that finds nothing, such as an insert."""
    if command.name in REFUSED:
        yield Plan(f"{command.name} {command.collection}", fault=f"a {command.name}")
    elif command.name == "find":
        order = list(command.body.get("sort", {}).items())
        yield _plan(command, command.body.get("filter", {}), order, indexes, command.body.get("limit", 0))
    elif command.name == "aggregate":
        first: Mapping[str, Any] = next(iter(command.body["pipeline"]), {})
        yield _plan(command, first.get("$match", {}), [], indexes)
    else:
        for statement in command.statements:
            yield _plan(command, statement["q"], [], indexes)


def _plan(command: Command, query: Mapping[str, Any], order: Order, indexes: Sequence[Index], limit: int = 0) -> Plan:
    asked = f"{command.name} {command.collection} by {', '.join(map(_shown, query.items())) or 'nothing'}"
    if operators := [name for name in query if name.startswith("$")]:
        return Plan(asked, fault=f"an {operators[0]}")
    if not query:
        return _whole(asked, order, indexes, limit)
    best = max((_used(query, index) for index in (ID_INDEX, *indexes)), key=lambda used: _worth(query, used))
    return Plan(asked, index=_named(best)) if best else Plan(asked, fault="no index")


def _whole(asked: str, order: Order, indexes: Sequence[Index], limit: int) -> Plan:
    """What asks for everything reads everything; for the first rows there has to be an index in their order."""
    fields = tuple(name for name, _ in order)
    if not limit:
        return Plan(asked, index="all of it, which is wanted")
    if any(index.fields[: len(fields)] == fields and not index.only for index in (ID_INDEX, *indexes)):
        return Plan(asked, index=f"{_named(fields)} in its order, {limit} at most")
    return Plan(asked, fault="sorted by no index")


def _used(query: Mapping[str, Any], index: Index) -> tuple[str, ...]:
    """The fields of an index that the query is looked up by."""
    if index.only and any(query.get(name) != value for name, value in index.only.items()):
        return ()
    used: tuple[str, ...] = ()
    for field in index.fields:
        if field not in query or not (_is_equality(query[field]) or _is_range(query[field])):
            break
        used = (*used, field)
        if _is_range(query[field]):
            break
    return () if used == (BY_ID,) and _is_range(query[BY_ID]) else used


def _worth(query: Mapping[str, Any], used: Sequence[str]) -> tuple[int, int]:
    """The more is equal the less is left to look through."""
    return sum(_is_equality(query[field]) for field in used), len(used)


def _is_equality(condition: Any) -> bool:
    return not _operators(condition) or _operators(condition) <= {"$eq", "$in"}


def _is_range(condition: Any) -> bool:
    return bool(_operators(condition) & RANGES)


def _operators(condition: Any) -> set[str]:
    return {name for name in condition if name.startswith("$")} if isinstance(condition, Mapping) else set()


def _shown(condition: tuple[str, Any]) -> str:
    """A field and how it is asked for, without the value."""
    field, value = condition
    return f"{field} {' '.join(sorted(_operators(value)))}".strip()


def _named(fields: Sequence[str]) -> str:
    return f"({', '.join(fields)})"
