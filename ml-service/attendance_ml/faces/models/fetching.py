"""Fetches files by trying their sources in turn and shows how far it is. It accepts nothing with a wrong checksum."""

import fcntl
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn

from attendance_ml.faces.models.checksums import require_checksum
from attendance_ml.faces.models.download import UnreachableError, download, part_path
from attendance_ml.faces.models.packages import PackageShelf
from attendance_ml.faces.models.sources import Address, Folder, RemoteFile, Source

ALREADY_THERE = "already there"


class FetchError(Exception):
    """No source gave the file; the text names each and what was wrong with it."""

    def __init__(self, file: RemoteFile, folder: Path, tried: list[tuple[Source, str]]) -> None:
        self.tried = tried
        lines = "\n".join(f"  - {source}: {reason}" for source, reason in tried)
        super().__init__(
            f"{file.filename} ({file.size:,} bytes) could not be fetched. Tried:\n{lines}\n"
            f"Run the same command again when one of them can be reached, or put the file into {folder} by hand."
        )


def fetch(files: Iterable[RemoteFile], folder: Path, *, console: Console | None = None) -> dict[str, str]:
    """Make sure that every file lies in `folder`, checked; return where each came from, by file name.

    What is there already costs no network. Two processes may fetch into the same folder: the second waits.
    Raises `FetchError`, `WrongChecksumError`.
    """
    wanted = list(files)
    if all(_is_there(file, folder) for file in wanted):  # perhaps in an image, where nobody may write
        return {file.filename: ALREADY_THERE for file in wanted}
    folder.mkdir(parents=True, exist_ok=True)
    with _alone(folder), PackageShelf() as shelf, _progress(console) as progress:
        return {file.filename: _fetch_one(file, folder, shelf, progress) for file in wanted}


def _is_there(file: RemoteFile, folder: Path) -> bool:
    target = folder / file.filename
    if not target.exists():
        return False
    require_checksum(target, file, origin=str(folder))
    return True


def _fetch_one(file: RemoteFile, folder: Path, shelf: PackageShelf, progress: Progress) -> str:
    if _is_there(file, folder):
        return ALREADY_THERE
    task = progress.add_task(file.filename, total=file.size)
    tried: list[tuple[Source, str]] = []
    for source in file.sources:
        progress.update(task, description=f"{file.filename} from {_brief(source)}")
        try:
            part = _bring(file, source, folder, shelf, progress, task)
        except UnreachableError as error:
            tried.append((source, str(error)))
            continue
        require_checksum(part, file, origin=str(source))
        part.replace(folder / file.filename)
        progress.update(task, completed=file.size)
        return str(source)
    raise FetchError(file, folder, tried)


def _bring(
    file: RemoteFile, source: Source, folder: Path, shelf: PackageShelf, progress: Progress, task: TaskID
) -> Path:
    if isinstance(source, Address):
        return download(file, source, folder, lambda done: progress.update(task, completed=done))
    part = part_path(file, folder)
    if isinstance(source, Folder):
        _copy(source.path / file.filename, part)
    else:
        shelf.take(source, part)
    return part


def _copy(original: Path, part: Path) -> None:
    try:
        shutil.copyfile(original, part)
    except OSError as error:
        raise UnreachableError(f"{original.name}: {error.strerror}") from error


def _brief(source: Source) -> str:
    return source.url.split("/")[2] if isinstance(source, Address) else str(source)


def _progress(console: Console | None) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(bar_width=20), DownloadColumn())
    return Progress(*columns, console=console or Console(stderr=True))


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
