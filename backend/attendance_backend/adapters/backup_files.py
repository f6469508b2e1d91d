"""Backups as files: each part sealed with AES-256-GCM, numbered, and the last marked, so that none is missed or moved.

A file is: MAGIC, the key's fingerprint (8 bytes), a salt (32 bytes), then of each part its length (4 bytes, big-endian,
the highest bit set for the last) and what is sealed: kind, length of the name (2 bytes), name, content. The file's own
key comes of the backup key and the salt by HKDF-SHA256; a nonce is a part's number. A part is sealed together with the
SHA-256 of the lengths and tags of all before it, so what is passed over unread is no other file's. Files of the first
format lack that. It holds one part in memory.
"""

import contextlib
import fcntl
import hashlib
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from attendance_backend.ports.backups import BackupWriter, Part, PartKind, UnreadableBackupError

MAGIC, FIRST_MAGIC = b"smart-attendance backup 2\n", b"smart-attendance backup 1\n"
KEY_BYTES, SALT_BYTES, FINGERPRINT_BYTES = 32, 32, 8
HEADER_BYTES = len(MAGIC) + FINGERPRINT_BYTES + SALT_BYTES
LENGTH_BYTES, NAME_BYTES, NONCE_BYTES, TAG_BYTES = 4, 2, 12, 16
LAST = 1 << 31
LOCK = "backing-up.lock"
UNFINISHED = ".part"
"""Ends the name of a backup that is being written; one that is left over was cut short and is written anew."""


class SealedFiles:
    """`BackupFiles` under one key, which is read or made when it is first needed."""

    def __init__(self, key: Callable[[], bytes]) -> None:
        self._key = key

    def create(self, path: Path) -> AbstractContextManager[BackupWriter]:
        return self._created(path)

    @contextlib.contextmanager
    def _created(self, path: Path) -> Iterator[BackupWriter]:
        if path.exists():
            raise FileExistsError(path)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = path.with_name(path.name + UNFINISHED)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            yield _Writer(file, self._key())
            file.flush()
            os.fsync(file.fileno())
        # Not a rename: of two that write to one place at once the second may not take the first's away.
        os.link(draft, path)
        draft.unlink()

    def alone(self, folder: Path) -> AbstractContextManager[None]:
        return _alone(folder)

    def names(self, folder: Path) -> list[str]:
        return [one.name for one in folder.iterdir()] if folder.is_dir() else []

    def remove(self, path: Path) -> None:
        path.unlink()

    def parts(self, path: Path) -> Iterator[Part]:
        with path.open("rb") as file:
            yield from _Reader(file, self._key()).parts()

    def ends(self, path: Path) -> tuple[Part, Part]:
        with path.open("rb") as file:
            return _Reader(file, self._key()).ends()


class _Seals:
    """Seals and opens the parts of one file, in their order."""

    def __init__(self, key: bytes, header: bytes) -> None:
        magic, salt = header[: len(MAGIC)], header[-SALT_BYTES:]
        self._cipher = AESGCM(HKDF(SHA256(), KEY_BYTES, salt=salt, info=magic).derive(key))
        self._header, self._is_first_format = header, magic == FIRST_MAGIC
        self._before = hashlib.sha256()
        self.number = 0

    def seal(self, mark: bytes, plain: bytes) -> bytes:
        sealed = self._cipher.encrypt(_nonce(self.number), plain, self._beside(mark))
        self.pass_over(mark, sealed[-TAG_BYTES:])
        return sealed

    def open(self, mark: bytes, sealed: bytes) -> bytes:
        """Raises InvalidTag: it was not sealed so, or not here."""
        plain = self._cipher.decrypt(_nonce(self.number), sealed, self._beside(mark))
        self.pass_over(mark, sealed[-TAG_BYTES:])
        return plain

    def pass_over(self, mark: bytes, tag: bytes) -> None:
        self._before.update(mark + tag)
        self.number += 1

    def _beside(self, mark: bytes) -> bytes:
        return self._header + mark + (b"" if self._is_first_format else self._before.digest())


class _Writer:
    def __init__(self, file: BinaryIO, key: bytes) -> None:
        header = MAGIC + _fingerprint(MAGIC, key) + secrets.token_bytes(SALT_BYTES)
        self._file, self._seals = file, _Seals(key, header)
        file.write(header)

    def write(self, part: Part) -> None:
        name = part.name.encode()
        plain = b"".join([bytes([part.kind]), len(name).to_bytes(NAME_BYTES), name, part.content])
        mark = _mark(len(plain) + TAG_BYTES, is_last=part.kind is PartKind.END)
        self._file.write(mark)
        self._file.write(self._seals.seal(mark, plain))


class _Reader:
    def __init__(self, file: BinaryIO, key: bytes) -> None:
        header = file.read(HEADER_BYTES)
        magic = header[: len(MAGIC)]
        if len(header) < HEADER_BYTES or magic not in {MAGIC, FIRST_MAGIC}:
            raise UnreadableBackupError("it is no backup of this program")
        if header[len(MAGIC) : -SALT_BYTES] != _fingerprint(magic, key):
            raise UnreadableBackupError(
                "another key sealed it: put the backup.key of that installation into its keys folder"
            )
        self._file, self._seals = file, _Seals(key, header)

    def parts(self) -> Iterator[Part]:
        is_last = False
        while not is_last:
            mark, length, is_last = self._next()
            yield self._opened(mark, length)
        self._check_over()

    def ends(self) -> tuple[Part, Part]:
        """The first and the last part. Of those between only lengths and tags are read."""
        mark, length, is_last = self._next()
        first = self._opened(mark, length)
        if is_last:
            raise UnreadableBackupError("it has nothing but an end")
        while True:
            mark, length, is_last = self._next()
            if is_last:
                break
            self._file.seek(length - TAG_BYTES, os.SEEK_CUR)
            self._seals.pass_over(mark, self._read(TAG_BYTES))
        last = self._opened(mark, length)
        self._check_over()
        return first, last

    def _next(self) -> tuple[bytes, int, bool]:
        """How long the next part is, and whether it is the last."""
        mark = self._read(LENGTH_BYTES)
        length = int.from_bytes(mark) & ~LAST
        if length < TAG_BYTES:
            raise self._damaged()
        return mark, length, bool(int.from_bytes(mark) & LAST)

    def _opened(self, mark: bytes, length: int) -> Part:
        try:
            return _opened(self._seals.open(mark, self._read(length)))
        except InvalidTag as error:
            raise self._damaged() from error

    def _read(self, size: int) -> bytes:
        content = self._file.read(size)
        if len(content) < size:
            raise self._damaged()
        return content

    def _check_over(self) -> None:
        if self._file.read(1):
            raise UnreadableBackupError("something was added after its end")

    def _damaged(self) -> UnreadableBackupError:
        return UnreadableBackupError(f"it was cut off or changed at part {self._seals.number}")


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    with os.fdopen(descriptor):
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield


def _opened(plain: bytes) -> Part:
    start = 1 + NAME_BYTES
    end = start + int.from_bytes(plain[1:start])
    return Part(PartKind(plain[0]), plain[start:end].decode(), plain[end:])


def _mark(length: int, *, is_last: bool) -> bytes:
    return (length | (LAST if is_last else 0)).to_bytes(LENGTH_BYTES)


def _nonce(number: int) -> bytes:
    return number.to_bytes(NONCE_BYTES)


def _fingerprint(magic: bytes, key: bytes) -> bytes:
    return hashlib.sha256(magic + key).digest()[:FINGERPRINT_BYTES]
