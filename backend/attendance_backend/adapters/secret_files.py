"""Secrets that a machine makes for itself at its first start, each in a file only its owner can read."""

import os
import secrets
import stat
from pathlib import Path

from attendance_backend.private_files import create

OTHERS = 0o077


class SecretExposedError(Exception):
    """A secret that others can read is none; whoever runs the program has to decide what that means."""


def secret_file(path: Path, size: int) -> bytes:
    """The file's `size` bytes, made at random if there is no such file yet.

    Raises:
        ValueError, SecretExposedError: as `read_secret`.
    """
    if not path.exists():
        create(path, secrets.token_bytes(size))
    return read_secret(path, size)


def read_secret(path: Path, size: int) -> bytes:
    """The file's `size` bytes.

    Raises:
        ValueError: the file has another size: it was damaged or is not ours.
        SecretExposedError: others than its owner may read it, or it is somebody else's.
    """
    state = path.stat()
    if stat.S_IMODE(state.st_mode) & OTHERS or state.st_uid != os.getuid():
        raise SecretExposedError(
            f"{path} is a secret and has to belong to whoever runs this, for them alone: chown it, and chmod 600 {path}"
        )
    secret = path.read_bytes()
    if len(secret) != size:
        raise ValueError(
            f"{path.name} has {len(secret)} bytes instead of {size}: it is damaged, restore it from a backup"
        )
    return secret
