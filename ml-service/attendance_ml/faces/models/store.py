"""Where the models lie on this machine, and the guarantee that a path given out is the file it should be.

It never reaches for the network: what is missing is an error that names the command to run.
"""

import os
import sys
from pathlib import Path

from attendance_ml.faces.models.catalogue import CATALOGUE, Model
from attendance_ml.faces.models.checksums import require_checksum_once

CACHE_VARIABLE = "SMART_ATTENDANCE_CACHE"
FROM_VARIABLE = "SMART_ATTENDANCE_MODELS_FROM"


class ModelMissingError(Exception):
    """A model has not been fetched yet."""

    def __init__(self, model: Model, folder: Path) -> None:
        named = f" {model.name}" if model.optional else ""
        super().__init__(
            f"The model {model.id} is not in {folder}. Bring it with: smart-attendance models fetch{named}"
        )


def cache_folder() -> Path:
    """The folder for what can be fetched again: SMART_ATTENDANCE_CACHE, else the user's cache folder."""
    if chosen := os.environ.get(CACHE_VARIABLE):
        return Path(chosen).expanduser()
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "smart-attendance"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "smart-attendance"


def source_folder() -> Path | None:
    """Where models are looked for before any address is asked: SMART_ATTENDANCE_MODELS_FROM, for closed networks."""
    chosen = os.environ.get(FROM_VARIABLE)
    return Path(chosen).expanduser() if chosen else None


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

    def has(self, model: Model) -> bool:
        """Whether its file lies here; `path` is what verifies it."""
        return (self.folder / model.file.filename).exists()

    def missing(self) -> list[Model]:
        """What the service cannot start without and is not here."""
        return [model for model in CATALOGUE.values() if not model.optional and not self.has(model)]
