"""Where things lie on this machine: the data folder, the programs' interpreters, the web app. It creates nothing."""

import os
import sys
from pathlib import Path

_TREE = Path(__file__).resolve().parents[2]
HOME_VARIABLE = "SMART_ATTENDANCE_HOME"
ENVIRONMENTS_VARIABLE = "SMART_ATTENDANCE_ENVS"


class EnvironmentMissingError(Exception):
    """A program's own Python environment is not installed."""

    def __init__(self, name: str, expected: Path) -> None:
        super().__init__(
            f"The {name} environment is missing: there is no {expected}. "
            f"Run `make install` in the source tree, or name the folder of the environments in {ENVIRONMENTS_VARIABLE}."
        )


def data_folder(chosen: Path | None = None) -> Path:
    """The folder of everything worth keeping: `chosen`, SMART_ATTENDANCE_HOME, else the user's data folder."""
    if chosen:
        return chosen.expanduser().absolute()
    if named := os.environ.get(HOME_VARIABLE):
        return Path(named).expanduser().absolute()
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "smart-attendance"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "smart-attendance"


def environments_folder() -> Path:
    """The folder that holds one Python environment per program: SMART_ATTENDANCE_ENVS, else `.venvs` of the tree."""
    if named := os.environ.get(ENVIRONMENTS_VARIABLE):
        return Path(named).expanduser().absolute()
    return _TREE / ".venvs"


def web_root() -> Path | None:
    """The web app as `make install` builds it in the tree, if it did."""
    built = _TREE / "frontend" / "dist"
    return built if (built / "index.html").is_file() else None


def interpreter(name: str) -> Path:
    """The Python of the program called `name` (database, ml, backend). Raises `EnvironmentMissingError`."""
    python = environments_folder() / name / "bin" / "python"
    if not python.exists():
        raise EnvironmentMissingError(name, python)
    return python
