"""Which files of a ZIP are photos, and whose they are by their names."""

import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath

from attendance_backend.archives import Bounds, files_of
from attendance_backend.domains.face_imports.schemas import Entry
from attendance_contract.images import MAX_IMAGE_BYTES, sniff_format

MOST_ENTRIES = 2_000
BOUNDS = Bounds(files=MOST_ENTRIES, unpacked=1024 * 1024 * 1024, each=MAX_IMAGE_BYTES, ratio=100)
"""Photos are compressed already and come out at about one byte for one, a bomb at a thousand."""


def photos_of(archive: zipfile.ZipFile) -> Iterator[Entry]:
    """Every file of a ZIP that is not litter of an operating system, one at a time."""
    for file in files_of(archive, BOUNDS):
        wrong = file.error_code or (None if sniff_format(file.content) else "INVALID_FORMAT")
        yield Entry(file.name, file.content, "IMAGE_TOO_LARGE" if wrong == "ENTRY_TOO_LARGE" else wrong)


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
    "ML_ANSWER_INVALID": ["Face recognition failed again and again on the photos of this student."],
    "INVALID_FORMAT": ["Send a JPEG, PNG, WebP or HEIC image."],
}
"""What a person reads beside the codes of photos that nobody looks at, or not any more."""
