"""The module's commands, run as a person runs them."""

import json
import os
import subprocess
import sys
from pathlib import Path

from attendance_ml.faces.models import ModelStore


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "attendance_ml", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ | environment)


def test_models_list_names_each_model_with_its_licence() -> None:
    listing = run("models", "list", COLUMNS="200").stdout
    assert "yunet@2023mar" in listing
    assert "sface@2021dec" in listing
    assert "Apache-2.0" in listing


def test_models_fetch_says_what_is_there_already() -> None:
    answer = run("models", "fetch")
    assert answer.returncode == 0
    assert "all 2 files already there" in answer.stdout


def cache_without_liveness(folder: Path) -> Path:
    (folder / "models").mkdir()
    for name in ("yunet", "sface"):
        path = ModelStore().path(name)
        (folder / "models" / path.name).symlink_to(path)
    return folder


def test_models_of_liveness_out_of_reach_are_one_line_and_no_failure(tmp_path) -> None:
    nowhere = {"HTTPS_PROXY": "http://127.0.0.1:1", "SMART_ATTENDANCE_MODELS_FROM": str(tmp_path / "shelf")}
    answer = run("models", "fetch", SMART_ATTENDANCE_CACHE=str(cache_without_liveness(tmp_path)), **nowhere)
    assert answer.returncode == 0
    (line,) = [line for line in answer.stdout.splitlines() if line.startswith("Liveness")]
    assert line.startswith("Liveness stays off")
    assert "shelf: MiniFASNetV2.onnx: No such file or directory; https://github.com/" in line
    assert answer.stderr == ""


def test_the_list_says_that_liveness_is_off_and_how_to_bring_it(tmp_path) -> None:
    cache = str(cache_without_liveness(tmp_path))
    listing = json.loads(run("models", "list", "--json", SMART_ATTENDANCE_CACHE=cache).stdout)
    assert {model["id"]: model["here"] for model in listing if model["task"] == "liveness"} == {
        "minifasnet-v2@2.7-80x80": False,
        "minifasnet-v1se@4.0-80x80": False,
    }
    told = run("models", "list", SMART_ATTENDANCE_CACHE=cache).stdout
    assert "Liveness is off: minifasnet-v2@2.7-80x80, minifasnet-v1se@4.0-80x80 not fetched." in told
    assert "smart-attendance models fetch" in told


def test_a_wrong_model_of_liveness_is_an_error(tmp_path) -> None:
    cache, shelf = cache_without_liveness(tmp_path), tmp_path / "shelf"
    shelf.mkdir()
    (shelf / "MiniFASNetV2.onnx").write_bytes(b"something else")
    answer = run("models", "fetch", SMART_ATTENDANCE_CACHE=str(cache), SMART_ATTENDANCE_MODELS_FROM=str(shelf))
    assert answer.returncode == 1
    assert f"from folder {shelf} is not the file it should be" in answer.stderr


def test_a_fetch_that_fails_says_what_was_tried_and_ends_with_status_1(tmp_path) -> None:
    answer = run(
        "samples", "fetch", SMART_ATTENDANCE_CACHE=str(tmp_path), PIP_NO_INDEX="1", PIP_FIND_LINKS=str(tmp_path)
    )
    assert answer.returncode == 1
    assert "package face_recognition 1.3.0: pip download ended with status 1" in answer.stderr


def test_a_cache_that_can_not_be_written_is_said_so(tmp_path) -> None:
    (tmp_path / "file").touch()
    answer = run("models", "fetch", SMART_ATTENDANCE_CACHE=str(tmp_path / "file"))
    assert answer.returncode == 1
    assert str(tmp_path / "file") in answer.stderr
    assert "Traceback" not in answer.stderr


def test_samples_compose_prints_the_path_of_the_manifest(tmp_path) -> None:
    answer = run("samples", "compose", "--out", str(tmp_path))
    assert json.loads(Path(answer.stdout.strip()).read_text(encoding="utf-8"))["people"]


def test_samples_compose_without_samples_names_the_command(tmp_path) -> None:
    answer = run("samples", "compose", "--out", str(tmp_path), SMART_ATTENDANCE_CACHE=str(tmp_path))
    assert answer.returncode == 1
    assert "samples fetch" in answer.stderr
