"""Writes files that only their owner can read: whole or not at all, and still there after a power cut.

It decides nothing about what is in them.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def create(path: Path, content: bytes) -> None:
    """Write the file unless it is there already: the first of two processes that make it at once wins."""
    with _draft(path, content) as draft:
        try:
            os.link(draft, path)
        except FileExistsError:
            return
        _keep(path.parent)


def replace(path: Path, content: bytes) -> None:
    """Write the file, in place of the one that may be there."""
    with _draft(path, content) as draft:
        draft.replace(path)
        _keep(path.parent)


@contextmanager
def _draft(path: Path, content: bytes) -> Iterator[Path]:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)


def _keep(folder: Path) -> None:
    """A new name in a folder survives a power cut once the folder itself is written."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
