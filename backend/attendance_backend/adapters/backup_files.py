"""Backups as files: each part sealed with AES-256-GCM, numbered, and the last marked, so that none is missed or moved.

A file is: MAGIC, the key's fingerprint (8 bytes), a salt (32 bytes), then of each part its length (4 bytes, big-endian,
the highest bit set for the last) and what is sealed: kind, length of the name (2 bytes), name, content. The file's own
key comes of the backup key and the salt by HKDF-SHA256; a nonce is a part's number. It holds one part in memory.
"""

import contextlib
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

MAGIC = b"smart-attendance backup 1\n"
KEY_BYTES, SALT_BYTES, FINGERPRINT_BYTES = 32, 32, 8
HEADER_BYTES = len(MAGIC) + FINGERPRINT_BYTES + SALT_BYTES
LENGTH_BYTES, NAME_BYTES, NONCE_BYTES = 4, 2, 12
LAST = 1 << 31
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

    def names(self, folder: Path) -> list[str]:
        return [one.name for one in folder.iterdir()]

    def remove(self, path: Path) -> None:
        path.unlink()

    def parts(self, path: Path) -> Iterator[Part]:
        with path.open("rb") as file:
            yield from _parts(file, self._key())


class _Writer:
    def __init__(self, file: BinaryIO, key: bytes) -> None:
        self._header = MAGIC + _fingerprint(key) + secrets.token_bytes(SALT_BYTES)
        self._cipher = _cipher(key, self._header)
        self._file, self._number = file, 0
        file.write(self._header)

    def write(self, part: Part) -> None:
        name = part.name.encode()
        plain = b"".join([bytes([part.kind]), len(name).to_bytes(NAME_BYTES), name, part.content])
        mark = _mark(len(plain) + 16, is_last=part.kind is PartKind.END)
        self._file.write(mark)
        self._file.write(self._cipher.encrypt(_nonce(self._number), plain, self._header + mark))
        self._number += 1


def _parts(file: BinaryIO, key: bytes) -> Iterator[Part]:
    header = file.read(HEADER_BYTES)
    if len(header) < HEADER_BYTES or not header.startswith(MAGIC):
        raise UnreadableBackupError("it is no backup of this program")
    if header[len(MAGIC) : -SALT_BYTES] != _fingerprint(key):
        raise UnreadableBackupError(
            "another key sealed it: put the backup.key of that installation into its keys folder"
        )
    cipher, number, is_last = _cipher(key, header), 0, False
    while not is_last:
        mark = file.read(LENGTH_BYTES)
        length = int.from_bytes(mark) & ~LAST
        is_last = bool(int.from_bytes(mark) & LAST)
        sealed = file.read(length) if len(mark) == LENGTH_BYTES else b""
        try:
            yield _opened(cipher.decrypt(_nonce(number), sealed, header + mark))
        except InvalidTag as error:
            raise UnreadableBackupError(f"it was cut off or changed at part {number}") from error
        number += 1
    if file.read(1):
        raise UnreadableBackupError("something was added after its end")


def _opened(plain: bytes) -> Part:
    start = 1 + NAME_BYTES
    end = start + int.from_bytes(plain[1:start])
    return Part(PartKind(plain[0]), plain[start:end].decode(), plain[end:])


def _mark(length: int, *, is_last: bool) -> bytes:
    return (length | (LAST if is_last else 0)).to_bytes(LENGTH_BYTES)


def _nonce(number: int) -> bytes:
    return number.to_bytes(NONCE_BYTES)


def _cipher(key: bytes, header: bytes) -> AESGCM:
    return AESGCM(HKDF(SHA256(), KEY_BYTES, salt=header[-SALT_BYTES:], info=MAGIC).derive(key))


def _fingerprint(key: bytes) -> bytes:
    return hashlib.sha256(MAGIC + key).digest()[:FINGERPRINT_BYTES]
