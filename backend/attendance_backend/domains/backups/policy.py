"""Counting and adding up what is copied, how backups in a folder are called and which of them stay. Pure."""

import hashlib
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

from attendance_backend.domains.backups.schemas import Holds, Tally

DIGESTS = 1 << 256
KEYS_KEPT, KEYS_GOOD_FOR = 2, timedelta(days=7)
"""An older one would bring back the keys of what was erased since."""
DATA_KEPT = 7
WHOLE_EVERY = timedelta(days=7)
"""Where backups build on each other: a longer chain is lost by one damaged file."""
LEFT_OVER_AFTER = timedelta(hours=1)
"""No backup of the keys takes so long: one that is unfinished then was cut short."""
_STAMP, _AFTER = "%Y%m%dT%H%M%S%fZ", ".backup"
_SINCE = ".since"
"""In the name of one that builds on the one before it."""
_MADE = re.compile(r"(data|keys)-(\d{8}T\d{12}Z)(?:\.since)?\.backup")
_UNFINISHED = re.compile(_MADE.pattern + r"\.part")


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
    return f"{Holds.KEYS}-{moment.astimezone(UTC):{_STAMP}}{_AFTER}"


def data_file(moment: datetime, *, is_whole: bool) -> str:
    """The name of a backup of the data: by moment and then by name is the same order."""
    return f"{Holds.DATA}-{moment.astimezone(UTC):{_STAMP}}{'' if is_whole else _SINCE}{_AFTER}"


def newest(names: Iterable[str], holds: Holds, now: datetime) -> datetime | None:
    """When the newest of the backups in a folder was made.

    One that was made in the future, by a clock that was set back since, counts for nothing: it would put off the next.
    """
    return max((moment for moment in map(_moment, _made(names, holds)) if moment <= now), default=None)


def to_build_on(names: Iterable[str], now: datetime) -> str | None:
    """The backup of the data that the next may build on. None: it is time for a whole one."""
    made = [name for name in _made(names, Holds.DATA) if _moment(name) <= now]
    whole = [name for name in made if not _builds_on(name)]
    return made[-1] if whole and now - _moment(whole[-1]) < WHOLE_EVERY else None


def keys_to_remove(names: Iterable[str], now: datetime) -> list[str]:
    """Those of the files that are backups of keys and have to go: all but the newest, and what is too old."""
    ours, oldest = _made(names, Holds.KEYS), keys_file(now - KEYS_GOOD_FOR)
    return [name for name in ours if name not in ours[-KEYS_KEPT:] or name < oldest]


def data_to_remove(names: Iterable[str]) -> list[str]:
    """The backups of the data that have to go: all but the newest and those that the oldest of these builds on."""
    ours = _made(names, Holds.DATA)
    first = max(0, len(ours) - DATA_KEPT)
    while first and _builds_on(ours[first]):
        first -= 1
    return ours[:first]


def left_over(names: Iterable[str], holds: Holds, before: datetime) -> list[str]:
    """The backups that somebody began before a moment and never finished."""
    unfinished = ((name, _UNFINISHED.fullmatch(name)) for name in names)
    return [name for name, found in unfinished if found and found[1] == holds and _moment(name) < before]


def _made(names: Iterable[str], holds: Holds) -> list[str]:
    return sorted(name for name in names if (found := _MADE.fullmatch(name)) and found[1] == holds)


def _builds_on(name: str) -> bool:
    return _SINCE in name


def _moment(name: str) -> datetime:
    stamp = name.split("-", 1)[1].split(".", 1)[0]
    return datetime.strptime(stamp, _STAMP).replace(tzinfo=UTC)
