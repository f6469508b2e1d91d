"""The walls between the parts stand: in the imports, and in what each environment holds."""

import json
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ML_LIBRARIES = {"numpy", "opencv-python", "opencv-python-headless", "openvino", "onnxruntime", "onnx", "pillow", "lapx"}
WEB_AND_DATABASE = {"pymongo", "pymongocrypt", "motor"}


def packages(environment: str) -> set[str]:
    python = ROOT / ".venvs" / environment / "bin" / "python"
    listed = subprocess.run(
        [python, "-m", "pip", "--disable-pip-version-check", "list", "--format", "json"],
        capture_output=True,
        check=True,
        text=True,
    )
    return {package["name"].lower() for package in json.loads(listed.stdout)}


def test_the_import_rules_hold() -> None:
    run = subprocess.run(
        [ROOT / ".venv/bin/lint-imports", "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    kept = re.search(r"Contracts: (\d+) kept, (\d+) broken", run.stdout)
    assert kept is not None, run.stdout + run.stderr
    assert int(kept[1]) >= 6
    assert int(kept[2]) == 0, run.stdout


def test_the_backends_environment_holds_no_ml_library() -> None:
    assert {"pymongo", "fastapi"} <= packages("backend")
    assert not packages("backend") & (ML_LIBRARIES | {"secantusdb"})


def test_the_ml_services_environment_holds_no_database_and_no_opencv() -> None:
    assert {"numpy", "fastapi"} <= packages("ml")
    assert not packages("ml") & (WEB_AND_DATABASE | {"secantusdb", "opencv-python-headless"})


@pytest.mark.parametrize(
    ("environment", "module", "forbidden"),
    [
        ("backend", "attendance_backend.wiring", ["numpy", "cv2", "openvino", "onnxruntime", "PIL"]),
        ("ml", "attendance_ml.serving.main", ["pymongo", "cv2"]),
    ],
)
def test_a_service_loads_nothing_from_behind_the_wall(environment: str, module: str, forbidden: list[str]) -> None:
    program = f"import sys, {module}; print([name for name in {forbidden!r} if name in sys.modules])"
    python = ROOT / ".venvs" / environment / "bin" / "python"
    loaded = subprocess.run([python, "-c", program], capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == "[]"
