"""Who runs on a data folder. A lock that lives as long as any process of the tree lets nobody else start on it.

The lock decides; the record beside it only tells others where to find what is running.
"""

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

LOCK_NAME, _RECORD_NAME = "running.lock", "running.json"
_GRACE_SECONDS = 15.0
"""After a crash of `up` its programs are still being stopped: a new start waits this long for them."""


class AlreadyRunningError(Exception):
    """The data folder belongs to processes that are alive."""


@dataclass(frozen=True, slots=True)
class RunRecord:
    """What a second command needs to know of the first. The file is for its owner's eyes only."""

    pid: int
    address: str
    database_uri: str
    ca: str | None = None
    """The file of the authority to verify an https address against."""


@contextmanager
def owning(home: Path) -> Iterator[int]:
    """Own the data folder; give out the lock's file descriptor, to be inherited by every process started on it.

    Raises `AlreadyRunningError`.
    """
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (home / LOCK_NAME).open("w", encoding="utf-8") as lock:
        _lock(lock.fileno(), home)
        (home / _RECORD_NAME).unlink(missing_ok=True)
        try:
            yield lock.fileno()
        finally:
            (home / _RECORD_NAME).unlink(missing_ok=True)


def record(home: Path, run: RunRecord) -> None:
    write_private(home / _RECORD_NAME, json.dumps(asdict(run)))


def find_running(home: Path) -> RunRecord | None:
    """What runs on the data folder and is ready, if anything does."""
    path = home / _RECORD_NAME
    if not path.exists() or _is_free(home):
        return None
    return RunRecord(**json.loads(path.read_text(encoding="utf-8")))


def write_private(path: Path, text: str) -> None:
    """Write a file that nobody but its owner may ever read, whole or not at all."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as stream:
        stream.write(text)
    draft.replace(path)


def _lock(descriptor: int, home: Path) -> None:
    deadline = time.monotonic() + _GRACE_SECONDS
    while not _try_lock(descriptor):
        record = _read(home)
        if record and _is_alive(record.pid):
            raise AlreadyRunningError(
                f"Smart Attendance already runs on {home}: {record.address} (process {record.pid}). "
                "Stop it first, or choose another folder with --data."
            )
        if time.monotonic() > deadline:
            raise AlreadyRunningError(f"Another process is starting or stopping on {home}. Try again in a moment.")
        time.sleep(0.1)


def _read(home: Path) -> RunRecord | None:
    try:
        return RunRecord(**json.loads((home / _RECORD_NAME).read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None


def _is_free(home: Path) -> bool:
    with (home / LOCK_NAME).open("a", encoding="utf-8") as lock:
        return _try_lock(lock.fileno())


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
