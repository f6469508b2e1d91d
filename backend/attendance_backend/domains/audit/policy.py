"""The chain: what is hashed of an entry, and what is wrong with one. Pure functions over raw documents."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from attendance_backend.domains.audit.schemas import ChainHead, RawEntry, Seal

SEALING = frozenset(["sealed", "seal"])
"""Fields that the sealer adds, so that the hash can't hold them; number and previous hash go in by themselves."""


def canonical(entry: RawEntry, number: int, previous: str) -> bytes:
    """What is hashed: every field of the document, by name, with its number and the hash of the one before it."""
    told = {name: value for name, value in entry.document.items() if name not in SEALING}
    chained = {"entry": told, "number": number, "previous": previous}
    return json.dumps(chained, sort_keys=True, separators=(",", ":"), default=_told).encode()


def _told(value: object) -> str:
    return value.isoformat(timespec="milliseconds") if isinstance(value, datetime) else repr(value)


def link(entry: RawEntry, head: ChainHead) -> Seal:
    """The seal of the entry that comes after the head."""
    number = head.number + 1
    digest = hashlib.sha256(canonical(entry, number, head.hash)).hexdigest()
    return Seal(number=number, previous=head.hash, hash=digest)


def seals(entries: Iterable[RawEntry], head: ChainHead) -> tuple[dict[str, Seal], ChainHead]:
    """The seals of these entries in their order, by entry, and the head after them."""
    made: dict[str, Seal] = {}
    for entry in entries:
        made[entry.id] = seal = link(entry, head)
        head = ChainHead(seal.number, seal.hash)
    return made, head


def fault(entry: RawEntry, head: ChainHead) -> str | None:
    """What is wrong with the entry that should come next; None: nothing."""
    expected = head.number + 1
    kept: Mapping[str, Any] = entry.document["seal"]
    number = kept["number"]
    if number > expected:
        return f"{_removed(expected, number - 1)} removed, before entry {entry.id}"
    if number < expected:
        return f"entry {entry.id} was inserted: there is a number {number} before it"
    of_its_own = link(entry, ChainHead(head.number, str(kept.get("previous")))).model_dump()
    if entry.document.get("sealed") is not True or kept != of_its_own:
        return f"entry {entry.id}, number {number}, was changed"
    if kept["previous"] != head.hash:
        return f"entry {entry.id}, number {number}, does not follow the one before it: inserted or moved"
    return None


def _removed(first: int, last: int) -> str:
    return f"entry number {first} was" if first == last else f"entries number {first} to {last} were"


def head_after(entry: RawEntry) -> ChainHead:
    """The head once the chain has reached a sealed entry."""
    seal = Seal.model_validate(entry.document["seal"])
    return ChainHead(seal.number, seal.hash)


def end_fault(reached: ChainHead, head: ChainHead) -> str | None:
    """What is wrong with the end of a chain that held so far. What was sealed since the head was read is no fault."""
    if reached.number < head.number:
        return f"the last entries, from number {reached.number + 1} to {head.number}, were removed"
    if reached.number == head.number and reached.hash != head.hash:
        return f"the head of the chain was changed: it is not entry number {head.number}"
    return None
