"""Sends a folder of face photos to the backend, in ZIPs of a bearable size. It judges none of them."""

import io
import time
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from attendance_cli.api import Api

_MOST_FILES, _MOST_BYTES = 100, 100 * 1024 * 1024
_LOOK_AGAIN_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class PhotoFate:
    """What became of one file; `code` is None where it was accepted."""

    name: str
    code: str | None
    reasons: Sequence[str]


def send_faces(office: Api, folder: Path, *, dry_run: bool) -> Iterator[PhotoFate]:
    """Send every file below a folder and tell what became of each, batch by batch."""
    for batch in _batches(folder):
        begun = office.post_file(f"/imports/faces?dry_run={str(dry_run).lower()}", _zipped(folder, batch))
        while office.get(f"/imports/{begun['id']}")["state"] == "running":
            time.sleep(_LOOK_AGAIN_SECONDS)
        for photo in office.every(f"/imports/{begun['id']}/photos", limit="200"):
            yield PhotoFate(photo["name"], photo["error_code"], photo["reasons"])


def _batches(folder: Path) -> Iterator[list[Path]]:
    batch, size = list[Path](), 0
    for file in sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()):
        if batch and (len(batch) >= _MOST_FILES or size + file.stat().st_size > _MOST_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(file)
        size += file.stat().st_size
    if batch:
        yield batch


def _zipped(folder: Path, files: Sequence[Path]) -> bytes:
    packed = io.BytesIO()
    # Photos are compressed already.
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for file in files:
            archive.write(file, file.relative_to(folder).as_posix())
    return packed.getvalue()
