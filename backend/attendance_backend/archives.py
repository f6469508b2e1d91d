"""ZIPs as others send them: what may be in one, what none may do to whoever opens it; and where ours are written."""

import io
import lzma
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import BinaryIO

from attendance_kit.errors import ServiceError

ENCRYPTED = 0x1
_DAMAGED = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, OSError, EOFError, RuntimeError, ValueError, struct.error)
_LITTER = frozenset({"__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini"})
_ARCHIVES = (b"PK\x03\x04", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b")


class ArchiveUnreadable(ServiceError):
    status, code, title = 422, "ARCHIVE_UNREADABLE", "The file is no ZIP that can be read"


@dataclass(frozen=True)
class Bounds:
    """What a ZIP may hold: files, bytes of all of them and of each, and bytes out of one byte in."""

    files: int
    unpacked: int
    each: int
    ratio: int


@dataclass(frozen=True)
class Archived:
    """One file of a ZIP: its content, or why it is not read."""

    name: str
    content: bytes
    error_code: str | None = None


def open_archive(file: BinaryIO, bounds: Bounds) -> zipfile.ZipFile:
    """The ZIP, whose directory was read and nothing else.

    Raises:
        ArchiveUnreadable: it is none, or would unpack to more than it may.
    """
    try:
        archive = zipfile.ZipFile(file)
    except _DAMAGED as error:
        raise ArchiveUnreadable("This is no ZIP, or it is damaged.", reasons=["not_a_zip"]) from error
    entries = archive.infolist()
    if len(entries) > bounds.files:
        detail = f"At most {bounds.files} files in one ZIP: send it in parts."
        raise ArchiveUnreadable(detail, reasons=["too_many"], limit=bounds.files, actual=len(entries))
    size = sum(entry.file_size for entry in entries)
    if size > bounds.unpacked:
        detail = f"The ZIP unpacks to over {bounds.unpacked // (1024 * 1024)} MB: send it in parts."
        raise ArchiveUnreadable(detail, reasons=["too_large"], limit=bounds.unpacked, actual=size)
    return archive


def files_of(archive: zipfile.ZipFile, bounds: Bounds) -> Iterator[Archived]:
    """Every file of a ZIP that is not litter of an operating system, one at a time."""
    for info in archive.infolist():
        path = PurePosixPath(info.filename.replace("\\", "/"))
        if info.filename.endswith("/") or _LITTER & set(path.parts) or path.name.startswith("._"):
            continue
        yield _read(archive, info, path, bounds)


def _read(archive: zipfile.ZipFile, info: zipfile.ZipInfo, path: PurePosixPath, bounds: Bounds) -> Archived:
    if wrong := _forbidden(info, path, bounds):
        return Archived(info.filename, b"", wrong)
    try:
        with archive.open(info) as file:
            # What the directory says of the size may be a lie; what is read is bounded.
            content = file.read(bounds.each + 1)
    except _DAMAGED:
        return Archived(info.filename, b"", "ENTRY_DAMAGED")
    if len(content) > bounds.each:
        return Archived(info.filename, b"", "ENTRY_TOO_LARGE")
    return Archived(info.filename, content, "ENTRY_NESTED" if content.startswith(_ARCHIVES) else None)


def _forbidden(info: zipfile.ZipInfo, path: PurePosixPath, bounds: Bounds) -> str | None:
    if not path.parts or path.is_absolute() or ".." in path.parts or ":" in info.filename:
        return "ENTRY_PATH"
    if stat.S_IFMT(info.external_attr >> 16) not in {0, stat.S_IFREG}:
        return "ENTRY_NO_FILE"
    if info.flag_bits & ENCRYPTED:
        return "ENTRY_ENCRYPTED"
    if info.file_size > bounds.ratio * max(info.compress_size, 1):
        return "ENTRY_TOO_COMPRESSED"
    return "ENTRY_TOO_LARGE" if info.file_size > bounds.each else None


class Sink(io.RawIOBase):
    """Where a ZIP is written that is sent as it grows: it holds only what was not taken yet."""

    def __init__(self) -> None:
        super().__init__()
        self._written = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, content: "memoryview | bytes | bytearray") -> int:  # type: ignore[override]  # narrower: what zipfile writes
        self._written += content
        return len(content)

    def taken(self) -> bytes:
        """What was written since the last time."""
        taken = bytes(self._written)
        self._written.clear()
        return taken
