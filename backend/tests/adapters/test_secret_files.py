"""Secrets that a machine makes for itself."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from attendance_backend.adapters.secret_files import SecretExposedError, secret_file


def test_the_first_start_makes_a_secret_that_only_its_owner_can_read(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "master.key"

    made = secret_file(path, 96)

    assert len(made) == 96
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert secret_file(path, 96) == made


def test_a_damaged_secret_is_told_and_never_replaced(tmp_path: Path) -> None:
    path = tmp_path / "master.key"
    path.write_bytes(b"too short")
    path.chmod(0o600)

    with pytest.raises(ValueError, match="damaged"):
        secret_file(path, 96)

    assert path.read_bytes() == b"too short"


def test_two_processes_that_start_at_once_agree_on_one_secret(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as starting:
        secrets = set(starting.map(lambda _: secret_file(tmp_path / "jwt.key", 32), range(32)))

    assert len(secrets) == 1
    assert [entry.name for entry in tmp_path.iterdir()] == ["jwt.key"]


def test_a_secret_that_others_can_read_is_refused_with_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "master.key"
    secret_file(path, 96)
    path.chmod(0o640)

    with pytest.raises(SecretExposedError, match="chmod 600"):
        secret_file(path, 96)
