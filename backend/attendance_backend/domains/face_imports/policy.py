"""Which files of a ZIP are photos, whose they are by their names, and what no ZIP may do to the one who opens it."""

import lzma
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import BinaryIO

from attendance_backend.domains.face_imports.errors import ArchiveUnreadable
from attendance_backend.domains.face_imports.schemas import Entry
from attendance_contract.images import MAX_IMAGE_BYTES, sniff_format

MOST_ENTRIES = 2_000
MOST_UNPACKED = 1024 * 1024 * 1024
MOST_RATIO = 100
"""Bytes out of one byte in: photos are compressed already and come out at about one, a bomb at a thousand."""
ENCRYPTED = 0x1
_DAMAGED = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, OSError, EOFError, RuntimeError, ValueError, struct.error)
_LITTER = frozenset({"__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini"})
_ARCHIVES = (b"PK\x03\x04", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b")


def open_archive(file: BinaryIO) -> zipfile.ZipFile:
    """The ZIP, whose directory was read and nothing else.

    Raises:
        ArchiveUnreadable: it is none, or would unpack to more than a school has.
    """
    try:
        archive = zipfile.ZipFile(file)
    except _DAMAGED as error:
        raise ArchiveUnreadable("This is no ZIP, or it is damaged.", reasons=["not_a_zip"]) from error
    entries = archive.infolist()
    if len(entries) > MOST_ENTRIES:
        detail = f"At most {MOST_ENTRIES} files in one ZIP: send it in parts."
        raise ArchiveUnreadable(detail, reasons=["too_many"], limit=MOST_ENTRIES, actual=len(entries))
    size = sum(entry.file_size for entry in entries)
    if size > MOST_UNPACKED:
        detail = "The ZIP unpacks to over a gigabyte: send it in parts."
        raise ArchiveUnreadable(detail, reasons=["too_large"], limit=MOST_UNPACKED, actual=size)
    return archive


def entries_of(archive: zipfile.ZipFile) -> Iterator[Entry]:
    """Every file of a ZIP that is not litter of an operating system, one at a time."""
    for info in archive.infolist():
        path = PurePosixPath(info.filename.replace("\\", "/"))
        if info.filename.endswith("/") or _LITTER & set(path.parts) or path.name.startswith("._"):
            continue
        yield _entry(archive, info, path)


def _entry(archive: zipfile.ZipFile, info: zipfile.ZipInfo, path: PurePosixPath) -> Entry:
    if wrong := _forbidden(info, path):
        return Entry(info.filename, b"", wrong)
    try:
        with archive.open(info) as file:
            # What the directory says of the size may be a lie; what is read is bounded.
            photo = file.read(MAX_IMAGE_BYTES + 1)
    except _DAMAGED:
        return Entry(info.filename, b"", "ENTRY_DAMAGED")
    return Entry(info.filename, photo, _no_photo(photo))


def _forbidden(info: zipfile.ZipInfo, path: PurePosixPath) -> str | None:
    if not path.parts or path.is_absolute() or ".." in path.parts or ":" in info.filename:
        return "ENTRY_PATH"
    if stat.S_IFMT(info.external_attr >> 16) not in {0, stat.S_IFREG}:
        return "ENTRY_NO_FILE"
    if info.flag_bits & ENCRYPTED:
        return "ENTRY_ENCRYPTED"
    if info.file_size > MOST_RATIO * max(info.compress_size, 1):
        return "ENTRY_TOO_COMPRESSED"
    return "IMAGE_TOO_LARGE" if info.file_size > MAX_IMAGE_BYTES else None


def _no_photo(photo: bytes) -> str | None:
    if len(photo) > MAX_IMAGE_BYTES:
        return "IMAGE_TOO_LARGE"
    if photo.startswith(_ARCHIVES):
        return "ENTRY_NESTED"
    return None if sniff_format(photo) else "INVALID_FORMAT"


def roll_numbers_of(name: str) -> list[str]:
    """The roll numbers that a file's name may mean, the likeliest first: 1234.jpg, 1234_2.jpg, 1234/any.jpg."""
    path = PurePosixPath(name.replace("\\", "/"))
    stem = path.stem.strip()
    shorter = [stem.rpartition(sign)[0].strip() for sign in "_- (" if sign in stem]
    return list(dict.fromkeys(one for one in (stem, *shorter, path.parent.name) if one))


def whose(name: str, known: Mapping[str, str]) -> tuple[str | None, str | None]:
    """The roll number and student that a file is of, as far as there is such a student; `known` are ids by number."""
    meant = next((roll for roll in roll_numbers_of(name) if roll in known), None)
    return meant, known[meant] if meant else None


REASONS: Mapping[str, Sequence[str]] = {
    "UNKNOWN_STUDENT": ["There is no student whose roll number is in the file's name."],
    "CONSENT_REQUIRED": ["There is no consent to face recognition on record."],
    "DUPLICATE_PHOTO": ["The same photo is in the ZIP twice."],
    "ENTRY_PATH": ["The file's name leads out of the ZIP."],
    "ENTRY_NO_FILE": ["This is a link, not a photo."],
    "ENTRY_ENCRYPTED": ["The file is locked with a password."],
    "ENTRY_TOO_COMPRESSED": ["No photo is compressed this much."],
    "ENTRY_NESTED": ["This is a ZIP within the ZIP."],
    "ENTRY_DAMAGED": ["The file is damaged."],
    "IMAGE_TOO_LARGE": ["The photo has too many bytes."],
    "PHOTO_GONE": ["Somebody has destroyed the photo meanwhile."],
    "INVALID_FORMAT": ["Send a JPEG, PNG, WebP or HEIC image."],
}
"""What a person reads beside the codes of photos that nobody looks at."""
