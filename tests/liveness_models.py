"""The networks of passive liveness for tests: where they were fetched to, or beside the repository; else a skip."""

from pathlib import Path

import pytest

from attendance_ml.faces.models import LIVENESS, SFACE, YUNET, ModelStore

BESIDE = Path(__file__).parents[2] / "shared" / "models"


def liveness_models() -> dict[str, Path]:
    """The files by model name; skips the test where there are none."""
    store = ModelStore()
    if all(store.has(model) for model in LIVENESS):
        return {model.name: store.path(model.name) for model in LIVENESS}
    files = {model.name: BESIDE / model.file.filename for model in LIVENESS}
    if not all(path.exists() for path in files.values()):
        pytest.skip("the models of liveness are not here: smart-attendance models fetch")
    return files


def cache_with(folder: Path, liveness: dict[str, Path]) -> Path:
    """A cache folder that holds the models every service needs, and these."""
    (folder / "models").mkdir()
    store = ModelStore()
    for path in (store.path(YUNET.name), store.path(SFACE.name), *liveness.values()):
        (folder / "models" / path.name).symlink_to(path)
    return folder
