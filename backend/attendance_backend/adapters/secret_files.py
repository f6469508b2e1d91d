"""Secrets that a machine makes for itself at its first start, each in a file only its owner can read."""

import secrets
from pathlib import Path

from attendance_backend.private_files import create


def secret_file(path: Path, size: int) -> bytes:
    """The file's `size` bytes, made at random if there is no such file yet.

    Raises:
        ValueError: the file has another size: it was damaged or is not ours.
    """
    if not path.exists():
        create(path, secrets.token_bytes(size))
    secret = path.read_bytes()
    if len(secret) != size:
        raise ValueError(
            f"{path.name} has {len(secret)} bytes instead of {size}: it is damaged, restore it from a backup"
        )
    return secret
