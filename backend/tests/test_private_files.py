"""Files that appear whole or not at all, for their owner's eyes only."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from attendance_backend.private_files import create, replace


def test_what_is_written_is_there_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "tls" / "authority.pem"

    create(path, b"first")

    assert path.read_bytes() == b"first"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_what_is_there_is_kept_when_made_again_and_gone_when_replaced(tmp_path: Path) -> None:
    path = tmp_path / "file"
    create(path, b"first")

    create(path, b"second")
    kept = path.read_bytes()
    replace(path, b"third")

    assert (kept, path.read_bytes()) == (b"first", b"third")
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]


def test_who_reads_while_it_is_replaced_reads_one_of_the_two(tmp_path: Path) -> None:
    path, contents = tmp_path / "file", [b"a" * 100_000, b"b" * 100_000]
    create(path, contents[0])

    with ThreadPoolExecutor(4) as working:
        writing = [working.submit(replace, path, contents[turn % 2]) for turn in range(40)]
        read = {path.read_bytes() for _ in range(200)}
        for write in writing:
            write.result()

    assert read <= set(contents)
