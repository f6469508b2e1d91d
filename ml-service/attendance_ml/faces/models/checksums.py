"""Decides whether a file is the one that is wanted. What is not is deleted, never used with a warning."""

import hashlib
from pathlib import Path

from attendance_ml.faces.models.sources import RemoteFile

_verified: set[tuple[Path, int, int]] = set()
"""Path, size and time of change of what this process has found right already."""


class WrongChecksumError(Exception):
    """A file is not what the catalogue says; it has been deleted."""

    def __init__(self, path: Path, *, expected: str, actual: str, origin: str) -> None:
        self.path = path
        super().__init__(
            f"{path.name} from {origin} is not the file it should be and was deleted: "
            f"its sha256 is {actual}, expected {expected}."
        )


def require_checksum(path: Path, file: RemoteFile, *, origin: str) -> None:
    """Raise `WrongChecksumError`, and delete the file at `path`, unless it is `file` to the last bit."""
    with path.open("rb") as stream:
        actual = hashlib.file_digest(stream, "sha256").hexdigest()
    if actual != file.sha256:
        path.unlink()
        raise WrongChecksumError(path, expected=file.sha256, actual=actual, origin=origin)


def require_checksum_once(path: Path, file: RemoteFile) -> None:
    """As `require_checksum`, but a file that was right and has not been touched since is not read again."""
    state = path.stat()
    identity = (path, state.st_size, state.st_mtime_ns)
    if identity not in _verified:
        require_checksum(path, file, origin=str(path.parent))
        _verified.add(identity)
