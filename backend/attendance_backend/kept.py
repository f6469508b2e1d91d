"""What each collection keeps about people and for how long, declared beside its indexes; no program starts without.

The export of a person, the clock of retention and `docs/reference/data-kept.md` are made of these. It reads nothing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import ModuleType
from typing import Any

SCHOOL = "as long as the school keeps it"
PROOF = "for ever: it is proof"
WITH_RECORDS = "with the records of its day"


class Whose(StrEnum):
    """By what a field names a person."""

    STUDENT = "student"
    ACCOUNT = "account"
    ADDRESS = "e-mail address"


@dataclass(frozen=True)
class Aged:
    """Documents that go with records of their day: the field that has the day, and every `state` they may be in.

    The database finds days by an index on the two; without `states` there is one on the day alone.
    """

    day: str
    states: tuple[str, ...] = ()


@dataclass(frozen=True)
class Kept:
    """One collection.

    `found_by` are the fields that name a person; that person's export has the fields it `shows` and not those it
    `hides`, or `apart` says why it is not in there though it names them. `erased` is what an erasure takes away.
    What has a `session` (the field that names it), an `aged` or `days` is taken away by the clock of retention; all
    else as `until` says. `photos` is the filter of documents whose id names a photo that is to stay.
    """

    what: str
    until: str
    found_by: tuple[tuple[str, Whose], ...] = ()
    shows: tuple[str, ...] = ()
    hides: tuple[str, ...] = ()
    apart: str | None = None
    erased: str | None = None
    session: str | None = None
    aged: Aged | None = None
    days: int | None = None
    photos: Mapping[str, Any] | None = field(default=None)


Registry = Mapping[str, Kept]


class UndeclaredCollectionError(Exception):
    """A collection does not say what it keeps about people: a mistake of ours, found before the program starts."""


def declared(stores: Iterable[ModuleType]) -> Registry:
    """What every collection of these repositories keeps.

    Raises:
        UndeclaredCollectionError: one declares nothing, or more than one repository declares it.
    """
    found: dict[str, Kept] = {}
    known: set[str] = set()
    for store in stores:
        known |= store.INDEXES.keys()
        kept: Registry = getattr(store, "KEPT", {})
        if twice := found.keys() & kept.keys():
            raise UndeclaredCollectionError(f"declared twice: {', '.join(sorted(twice))}")
        found.update(kept)
    if missing := known ^ found.keys():
        raise UndeclaredCollectionError(f"not in both INDEXES and KEPT of a repository: {', '.join(sorted(missing))}")
    return found
