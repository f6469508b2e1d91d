"""Secrets that a machine makes for itself at its first start, each in a file only its owner can read."""

import os
import secrets
import tempfile
from pathlib import Path


def secret_file(path: Path, size: int) -> bytes:
    """The file's `size` bytes, made at random if there is no such file yet.

    The file appears whole or not at all, and the first of two processes that make it at once wins.

    Raises:
        ValueError: the file has another size: it was damaged or is not ours.
    """
    if not path.exists():
        _make(path, size)
    secret = path.read_bytes()
    if len(secret) != size:
        raise ValueError(
            f"{path.name} has {len(secret)} bytes instead of {size}: it is damaged, restore it from a backup"
        )
    return secret


def _make(path: Path, size: int) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_bytes(size))
            file.flush()
            os.fsync(file.fileno())
        _publish(Path(draft), path)
    finally:
        Path(draft).unlink(missing_ok=True)


def _publish(draft: Path, path: Path) -> None:
    try:
        os.link(draft, path)
    except FileExistsError:
        return
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
