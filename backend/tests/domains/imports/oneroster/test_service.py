"""What an archive has to be before anything is said of its rows."""

import io
import zipfile

import pytest
from backend.tests.domains.imports.oneroster.archives import SCHOOL, archive, manifest, written, zipped
from hypothesis import given, settings
from hypothesis import strategies as st

from attendance_backend.archives import ArchiveUnreadable
from attendance_backend.domains.imports.oneroster.errors import NoOneRoster
from attendance_backend.domains.imports.oneroster.service import read_archive


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({"users.csv": b"sourcedId\n"}, "no_manifest"),
        ({"folder/manifest.csv": manifest({"users": "bulk"})}, "no_manifest"),
        ({"manifest.csv": manifest({"users": "bulk"}, "1.1")}, "oneroster.version"),
        ({"manifest.csv": manifest({"users": "some"})}, "processing"),
        ({"manifest.csv": manifest({"users": "absent"})}, "empty"),
        ({"manifest.csv": b"%PDF"}, "manifest_unreadable"),
    ],
)
def test_an_archive_that_is_none_says_why(files: dict[str, bytes], reason: str) -> None:
    with pytest.raises(NoOneRoster) as refusal:
        read_archive(zipped(files))

    assert refusal.value.details["reasons"] == [reason]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_an_archive_is_read_whatever_its_encoding_and_line_ends(encoding: str) -> None:
    files = {f"{name}.csv": written(table, encoding, "\n") for name, table in SCHOOL.items()}

    read = read_archive(zipped({"manifest.csv": manifest(dict.fromkeys(SCHOOL, "bulk")), **files}))

    assert read.issues == []
    assert [one.name for one in read.people][:2] == ['Zoë O"Doe', "Ben Doe"]


def test_of_two_files_of_one_name_neither_can_be_trusted() -> None:
    out = io.BytesIO(archive())
    with pytest.warns(UserWarning, match="Duplicate name"), zipfile.ZipFile(out, "a") as twice:
        twice.writestr("users.csv", b"sourcedId\n")

    issues = read_archive(out.getvalue()).issues

    assert [(issue.file, issue.code) for issue in issues] == [("users.csv", "ENTRY_TWICE")]


@settings(deadline=None)
@given(st.integers(0, 4_000), st.binary(min_size=1, max_size=8))
def test_a_damaged_archive_is_refused_or_says_what_is_wrong(place: int, wrong: bytes) -> None:
    content = bytearray(archive())
    content[place % len(content) : place % len(content) + len(wrong)] = wrong

    try:
        outcome: object = read_archive(bytes(content)).issues
    except (ArchiveUnreadable, NoOneRoster) as refusal:
        outcome = refusal.code

    assert outcome is not None


@settings(deadline=None)
@given(st.text(st.characters(codec="utf-8"), max_size=300))
def test_whatever_a_cell_holds_a_row_is_read_or_refused(cell: str) -> None:
    users = [SCHOOL["users"][0], ("u1", "", "", "true", cell, cell, cell, cell, cell, cell)]
    files = {"manifest.csv": manifest({"users": "bulk"}), "users.csv": written(users, "utf-8", "\r\n")}
    read = read_archive(zipped(files))

    assert len(read.people) == 1 or read.issues
