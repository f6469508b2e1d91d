"""Counting and adding up what is copied, and how long backups of keys are kept. Pure."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

from attendance_backend.domains.backups.schemas import Tally

DIGESTS = 1 << 256
KEYS_KEPT, KEYS_GOOD_FOR = 2, timedelta(days=7)
"""An older one would bring back the keys of what was erased since."""
_STAMP, _BEFORE, _AFTER = "%Y%m%dT%H%M%S%fZ", "keys-", ".backup"


def added(tally: Tally, things: Iterable[bytes]) -> Tally:
    """The tally with these."""
    count, size, digest = tally.count, tally.size, int(tally.digest, 16)
    for thing in things:
        count, size = count + 1, size + len(thing)
        digest = (digest + int.from_bytes(hashlib.sha256(thing).digest())) % DIGESTS
    return Tally(count=count, size=size, digest=f"{digest:064x}")


def named(name: str, content: bytes) -> bytes:
    """What is added up of an object: it under another name is another."""
    return b"".join([name.encode(), b"\0", content])


def documents_in(content: bytes) -> Iterator[bytes]:
    """Each document of some that were written one after the other: BSON begins with its own length."""
    start = 0
    while start < len(content):
        end = start + int.from_bytes(content[start : start + 4], "little")
        yield content[start:end]
        start = end


def keys_file(moment: datetime) -> str:
    """The name of a backup of the keys."""
    return f"{_BEFORE}{moment.astimezone(UTC):{_STAMP}}{_AFTER}"


def keys_to_remove(names: Sequence[str], now: datetime) -> list[str]:
    """Those of the files that are backups of keys and have to go: all but the newest, and what is too old."""
    ours = sorted(name for name in names if name.startswith(_BEFORE) and name.endswith(_AFTER))
    oldest = keys_file(now - KEYS_GOOD_FOR)
    return [name for name in ours if name not in ours[-KEYS_KEPT:] or name < oldest]
