"""Where the models lie on this machine, and the guarantee that a path given out is the file it should be.

It never reaches for the network: what is missing is an error that names the command to run.
"""

import os
import sys
from pathlib import Path

from attendance_ml.faces.models.catalogue import CATALOGUE, Model
from attendance_ml.faces.models.checksums import require_checksum_once

CACHE_VARIABLE = "SMART_ATTENDANCE_CACHE"


class ModelMissingError(Exception):
    """A model has not been fetched yet."""

    def __init__(self, model: Model, folder: Path) -> None:
        super().__init__(f"The model {model.id} is not in {folder}. Bring it with: smart-attendance models fetch")


def cache_folder() -> Path:
    """The folder for what can be fetched again: SMART_ATTENDANCE_CACHE, else the user's cache folder."""
    if chosen := os.environ.get(CACHE_VARIABLE):
        return Path(chosen).expanduser()
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "smart-attendance"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "smart-attendance"


class ModelStore:
    """The models below `root` (default: the cache folder), in its `models` folder."""

    def __init__(self, root: Path | None = None) -> None:
        self.folder = (root or cache_folder()) / "models"

    def path(self, name: str) -> Path:
        """Return the verified file of the model called `name`; it is hashed once per process.

        Raises `KeyError` for a name that is not in the catalogue, `ModelMissingError`, `WrongChecksumError`.
        """
        model = CATALOGUE[name]
        path = self.folder / model.file.filename
        if not path.exists():
            raise ModelMissingError(model, self.folder)
        require_checksum_once(path, model.file)
        return path

    def missing(self) -> list[Model]:
        return [model for model in CATALOGUE.values() if not (self.folder / model.file.filename).exists()]
