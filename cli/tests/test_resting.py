"""Backup and restore of a data folder on which nothing runs: the command starts the database for itself."""

import shutil

import pytest

from attendance_cli.testing import run_command


def test_a_data_folder_is_backed_up_and_put_into_a_new_one_and_a_filled_one_is_refused(tmp_path, monkeypatch) -> None:
    monkeypatch.delenv("MONGODB_URI", raising=False)
    home, new, file = tmp_path / "home", tmp_path / "new", tmp_path / "data.backup"

    migrated = run_command("migrate", "--data", home)
    written = run_command("backup", "--to", file, "--data", home)
    verified = run_command("backup", "--verify", file, "--data", home)
    shutil.copytree(home / "keys", new / "keys")
    restored = run_command("restore", "--from", file, "--data", new)
    damaged = tmp_path / "damaged.backup"
    damaged.write_bytes(file.read_bytes()[:-1])
    refused = run_command("restore", "--from", damaged, "--data", tmp_path / "new")

    assert migrated.stdout == "nothing to migrate\n"
    assert [told.returncode for told in (migrated, written, verified, restored)] == [0] * 4, restored.stderr
    assert written.stdout == verified.stdout
    assert "restored" in restored.stdout
    assert refused.returncode == 2
    assert "BACKUP_UNREADABLE" in refused.stderr


@pytest.mark.parametrize("given", [(), ("--to", "a", "--verify", "a"), ("--verify", "a", "--since", "b")])
def test_a_backup_is_told_one_thing_to_do(given, tmp_path) -> None:
    refused = run_command("backup", *given, "--data", tmp_path)
    assert refused.returncode == 2
