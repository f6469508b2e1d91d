"""The web app can't be built against an API that it was not written for."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
NOT_SOURCES = shutil.ignore_patterns("node_modules", "dist", "coverage", "tests")
RENAMED = ("roll_number", "number")
"""A property that the pages read, and another name for it."""

Npm = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The web app's sources and the API's description, to be changed."""
    shutil.copytree(ROOT / "frontend", tmp_path / "frontend", ignore=NOT_SOURCES)
    (tmp_path / "frontend/node_modules").symlink_to(ROOT / "frontend/node_modules")
    (tmp_path / "backend").mkdir()
    shutil.copy(ROOT / "backend/openapi.json", tmp_path / "backend/openapi.json")
    return tmp_path


@pytest.fixture
def npm(copy: Path) -> Npm:
    def run(*command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["npm", "run", *command],
            cwd=copy / "frontend",
            env=os.environ | {"NO_COLOR": "1"},
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def rename_property(folder: Path) -> None:
    path = folder / "backend/openapi.json"
    before, after = (json.dumps(name) for name in RENAMED)
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after), encoding="utf-8")


def test_the_client_is_that_of_this_api(npm: Npm) -> None:
    checked = npm("api:check")

    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_a_changed_api_fails_the_build(copy: Path, npm: Npm) -> None:
    rename_property(copy)
    built = npm("build")

    assert built.returncode != 0
    assert "schema.ts" in built.stdout + built.stderr
    assert not (copy / "frontend/dist").exists()


def test_a_client_made_anew_fails_the_build_where_pages_read_what_is_gone(copy: Path, npm: Npm) -> None:
    rename_property(copy)
    assert npm("api").returncode == 0
    built = npm("build")

    assert built.returncode != 0
    assert "Property 'roll_number' does not exist" in built.stdout
    assert not (copy / "frontend/dist").exists()
