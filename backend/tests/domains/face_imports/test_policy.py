"""What a ZIP may hold, and whose a photo is by its name."""

import io
import stat
import zipfile
from collections.abc import Sequence

import pytest
from backend.tests.simulator import photo_of
from hypothesis import given
from hypothesis import strategies as st

from attendance_backend.archives import ArchiveUnreadable, open_archive
from attendance_backend.domains.face_imports.policy import BOUNDS, photos_of, whose

PHOTO = photo_of("ann")


def zipped(entries: Sequence[tuple[str | zipfile.ZipInfo, bytes]], method: int = zipfile.ZIP_STORED) -> io.BytesIO:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    out.seek(0)
    return out


def codes(file: io.BytesIO) -> list[str | None]:
    return [entry.error_code for entry in photos_of(open_archive(file, BOUNDS))]


@pytest.mark.parametrize(
    ("name", "roll"),
    [
        ("1234.jpg", "1234"),
        ("1234_2.jpg", "1234"),
        ("1234-2.JPG", "1234"),
        ("1234 (2).jpeg", "1234"),
        ("class 7/1234.png", "1234"),
        ("1234/IMG_0001.jpg", "1234"),
        ("folder\\1234\\front.webp", "1234"),
        ("A_12.jpg", "A_12"),
        ("A_12_3.jpg", "A_12"),
        ("99.jpg", None),
    ],
)
def test_a_photo_is_of_the_student_whose_roll_number_its_name_has(name: str, roll: str | None) -> None:
    known = {"1234": "one", "A_12": "two"}

    assert whose(name, known) == (roll, known[roll] if roll else None)


def test_what_is_no_photo_is_told_and_litter_is_passed_over() -> None:
    link = zipfile.ZipInfo("link.jpg")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    inner = zipped([("1.jpg", PHOTO)]).getvalue()
    file = zipped(
        [
            ("1.jpg", PHOTO),
            ("__MACOSX/._1.jpg", b"litter"),
            ("folder/", b""),
            ("../2.jpg", PHOTO),
            ("/3.jpg", PHOTO),
            ("C:\\4.jpg", PHOTO),
            (link, b"/etc/passwd"),
            ("5.jpg", inner),
            ("6.jpg", b"some text"),
        ]
    )

    assert codes(file) == [
        None,
        *["ENTRY_PATH"] * 3,
        "ENTRY_NO_FILE",
        "ENTRY_NESTED",
        "INVALID_FORMAT",
    ]


def test_a_bomb_and_a_locked_entry_are_not_opened() -> None:
    bomb = zipped([("1.jpg", bytes(5_000_000))], zipfile.ZIP_DEFLATED)
    locked = bytearray(zipped([("1.jpg", PHOTO)]).getvalue())
    locked[locked.index(b"PK\x01\x02") + 8] |= 1

    assert codes(bomb) == ["ENTRY_TOO_COMPRESSED"]
    assert codes(io.BytesIO(bytes(locked))) == ["ENTRY_ENCRYPTED"]


def test_too_many_entries_are_refused_at_once() -> None:
    with pytest.raises(ArchiveUnreadable) as refusal:
        open_archive(zipped([(f"{number}.jpg", b"") for number in range(2_001)]), BOUNDS)

    assert refusal.value.details["reasons"] == ["too_many"]


@given(st.integers(0, 400), st.binary(min_size=1, max_size=8))
def test_a_damaged_zip_is_refused_or_its_entries_are(place: int, wrong: bytes) -> None:
    content = bytearray(zipped([("1.jpg", PHOTO), ("2.jpg", PHOTO)], zipfile.ZIP_DEFLATED).getvalue())
    content[place % len(content) : place % len(content) + len(wrong)] = wrong

    assert _codes_or_refused(bytes(content)) is not None


def _codes_or_refused(content: bytes) -> object:
    try:
        return codes(io.BytesIO(content))
    except ArchiveUnreadable as refusal:
        return refusal.code
