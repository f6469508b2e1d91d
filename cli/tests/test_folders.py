"""Where the data and the programs' interpreters are looked for."""

from pathlib import Path

import pytest

from attendance_cli import folders
from attendance_cli.folders import EnvironmentMissingError, data_folder, interpreter


def test_the_folder_named_on_the_command_line_comes_first(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("SMART_ATTENDANCE_HOME", str(tmp_path / "from-environment"))
    assert data_folder(tmp_path / "chosen") == tmp_path / "chosen"
    assert data_folder() == tmp_path / "from-environment"


def test_without_any_choice_it_is_the_users_own(monkeypatch) -> None:
    monkeypatch.delenv("SMART_ATTENDANCE_HOME", raising=False)
    assert data_folder().is_relative_to(Path.home())
    assert data_folder().name == "smart-attendance"


def test_each_program_has_an_interpreter_of_its_own() -> None:
    assert len({interpreter(name) for name in ("database", "ml", "backend")}) == 3


def test_a_missing_environment_is_an_error_that_names_the_command(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("SMART_ATTENDANCE_ENVS", str(tmp_path))
    with pytest.raises(EnvironmentMissingError, match="make install"):
        interpreter("ml")


def test_the_web_app_is_found_once_it_is_built(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(folders, "_TREE", tmp_path)
    (tmp_path / "frontend" / "dist").mkdir(parents=True)
    before = folders.web_root()
    (tmp_path / "frontend" / "dist" / "index.html").touch()
    assert (before, folders.web_root()) == (None, tmp_path / "frontend" / "dist")
