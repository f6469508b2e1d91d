"""Sealed files: what was written is read again, and no byte of them can be changed, left out or moved unseen."""

import base64
import contextlib
import itertools
import tempfile
from pathlib import Path

import pytest
from backend.tests import first_format
from hypothesis import given, settings
from hypothesis import strategies as st

from attendance_backend.adapters.backup_files import HEADER_BYTES, KEY_BYTES, UNFINISHED, SealedFiles
from attendance_backend.ports.backups import Part, PartKind, UnreadableBackupError

PARTS = st.lists(
    st.builds(
        Part, st.sampled_from([PartKind.DOCUMENTS, PartKind.OBJECT]), st.text(max_size=20), st.binary(max_size=60)
    )
)
FIRST = Part(PartKind.MANIFEST, "", b"{}")
END = Part(PartKind.END, "", b"{}")


def files(key: bytes = b"k" * KEY_BYTES) -> SealedFiles:
    return SealedFiles(lambda: key)


def written(folder: Path, parts: list[Part]) -> Path:
    path = folder / "a.backup"
    with files().create(path) as writer:
        for part in [*parts, END]:
            writer.write(part)
    return path


def sealed_parts(content: bytes) -> list[bytes]:
    """Each part with its length, as it lies in the file."""
    found, start = [], HEADER_BYTES
    while start < len(content):
        end = start + 4 + (int.from_bytes(content[start : start + 4]) & 0x7FFFFFFF)
        found.append(content[start:end])
        start = end
    return found


@given(PARTS)
@settings(max_examples=60, deadline=None)
def test_what_was_written_is_read_again_in_its_order(parts) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = written(Path(folder), parts)
        assert list(files().parts(path)) == [*parts, END]
        sealed = path.read_bytes()[HEADER_BYTES:]
        assert not any(part.content in sealed for part in parts if len(part.content) > 6)


@given(PARTS.filter(bool), st.data())
@settings(max_examples=120, deadline=None)
def test_a_changed_byte_a_cut_and_what_was_added_are_seen(parts, data) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = written(Path(folder), parts)
        content = path.read_bytes()
        place = data.draw(st.integers(0, len(content) - 1))
        flipped = bytes([content[place] ^ data.draw(st.integers(1, 255))])
        changes = [content[:place] + flipped + content[place + 1 :], content[:place], content + b"\0"]
        for changed in changes:
            path.write_bytes(changed)
            with pytest.raises(UnreadableBackupError):
                list(files().parts(path))


def test_parts_that_were_moved_or_left_out_are_seen(tmp_path) -> None:
    path = written(tmp_path, [Part(PartKind.OBJECT, name, name.encode()) for name in "abc"])
    content = path.read_bytes()
    whole = sealed_parts(content)
    others = [list(some) for some in itertools.permutations(whole) if list(some) != whole]
    others += [whole[:left] + whole[left + 1 :] for left in range(len(whole))]
    for parts in others:
        path.write_bytes(content[:HEADER_BYTES] + b"".join(parts))
        with pytest.raises(UnreadableBackupError):
            list(files().parts(path))


@given(PARTS)
@settings(max_examples=60, deadline=None)
def test_its_ends_are_read_without_what_lies_between(parts) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = written(Path(folder), [FIRST, *parts])
        assert files().ends(path) == (FIRST, END)


@given(PARTS.filter(bool), st.data())
@settings(max_examples=120, deadline=None)
def test_the_ends_of_a_file_that_was_cut_off_or_whose_seals_are_not_its_own_are_refused(parts, data) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = written(Path(folder), [FIRST, *parts])
        content = path.read_bytes()
        sealed = sealed_parts(content)
        # A part's length and tag, or any byte of the first or the last part: what else lies between is passed over.
        which = data.draw(st.integers(0, len(sealed) - 1))
        length = len(sealed[which])
        is_between = 0 < which < len(sealed) - 1
        read = [*range(4), *range(length - 16, length)] if is_between else [*range(length)]
        place = HEADER_BYTES + sum(map(len, sealed[:which])) + data.draw(st.sampled_from(read))
        flipped = content[:place] + bytes([content[place] ^ data.draw(st.integers(1, 255))]) + content[place + 1 :]
        for changed in (flipped, content[: data.draw(st.integers(0, len(content) - 1))], content + b"\0"):
            path.write_bytes(changed)
            with pytest.raises(UnreadableBackupError):
                files().ends(path)


def test_the_ends_of_a_spliced_file_are_refused(tmp_path) -> None:
    parts = [FIRST, *(Part(PartKind.OBJECT, name, name.encode()) for name in "abc")]
    path = written(tmp_path, parts)
    content, other = path.read_bytes(), written(tmp_path / "other", parts).read_bytes()
    whole, foreign = sealed_parts(content), sealed_parts(other)
    moved = [[whole[0], *some, whole[-1]] for some in itertools.permutations(whole[1:-1]) if [*some] != whole[1:-1]]
    left_out = [whole[:one] + whole[one + 1 :] for one in range(len(whole))]
    replaced = [whole[:one] + foreign[one : one + 1] + whole[one + 1 :] for one in range(len(whole))]
    # As many parts as before, so that the end's number is right: one is left out, and another split in two.
    length, tag = len(whole[2]) - 4, b"t" * 16
    halves = [(length // 2).to_bytes(4) + whole[2][4 : 4 + length // 2]] * 2
    split = [whole[0], halves[0], (16).to_bytes(4) + tag, whole[3], whole[4]]
    for spliced in [*moved, *left_out, *replaced, split]:
        path.write_bytes(content[:HEADER_BYTES] + b"".join(spliced))
        with pytest.raises(UnreadableBackupError):
            files().ends(path)


def test_a_file_of_the_first_format_is_still_read(tmp_path) -> None:
    path = tmp_path / "old.backup"
    content = base64.b64decode(first_format.CONTENT)
    path.write_bytes(content)
    manifest, photo, end = files().parts(path)
    assert (manifest.kind, photo, end.kind) == (
        PartKind.MANIFEST,
        Part(PartKind.OBJECT, *first_format.PHOTO),
        PartKind.END,
    )
    assert files().ends(path) == (manifest, end)
    path.write_bytes(content.replace(b"backup 1", b"backup 2"))
    with pytest.raises(UnreadableBackupError):
        list(files().parts(path))


def test_another_key_is_named_as_such_and_another_file_too(tmp_path) -> None:
    path = written(tmp_path, [])
    with pytest.raises(UnreadableBackupError, match="another key"):
        list(files(b"o" * KEY_BYTES).parts(path))
    path.write_bytes(b"a photo of somebody" * 9)
    with pytest.raises(UnreadableBackupError, match="no backup"):
        list(files().parts(path))


def test_a_backup_that_was_cut_short_is_not_there_and_the_next_one_is_whole(tmp_path) -> None:
    path = tmp_path / "a.backup"
    with contextlib.suppress(KeyboardInterrupt), files().create(path) as writer:
        writer.write(END)
        raise KeyboardInterrupt
    assert [one.name for one in tmp_path.iterdir()] == [f"a.backup{UNFINISHED}"]

    assert list(files().parts(written(tmp_path, []))) == [END]
    assert [one.name for one in tmp_path.iterdir()] == ["a.backup"]
    with pytest.raises(FileExistsError):
        written(tmp_path, [])
