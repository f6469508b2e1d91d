"""The lines of docs/how-to/use-the-faces-library.md, run exactly as they stand there."""

import itertools
import re
import subprocess
import sys
from pathlib import Path

import pytest

from attendance_ml.samples import compose_class, sample_portrait

PAGE = Path(__file__).parents[3] / "docs" / "how-to" / "use-the-faces-library.md"
EXAMPLES = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where class.jpg lies: three people."""
    people = [sample_portrait(name) for name in ("grace_hopper.jpg", "obama.jpg", "astronaut.png")]
    made: Path = tmp_path_factory.mktemp("school")
    compose_class(people, size=(1280, 960), face_width=150).save(made / "class.jpg")
    return made


def run(lines: str, folder: Path) -> list[str]:
    done = subprocess.run([sys.executable, "-c", lines], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_five_lines_find_and_encode_every_face(folder: Path) -> None:
    assert len([line for line in EXAMPLES[0].splitlines() if line and not line.startswith("from ")]) == 5
    (told,) = run(EXAMPLES[0], folder)
    assert told.startswith("3 faces;")


def test_the_lines_after_them_name_one_face_and_leave_the_others_unknown(folder: Path) -> None:
    _, *matches = run("\n".join(itertools.chain(EXAMPLES)), folder)
    assert [line.split(") ")[1] for line in matches] == ["present student-1", "unknown None", "unknown None"]
