"""`faces detect`: one photo file in, what is seen on it out, as text, data or a picture. It names and keeps nobody."""

import json
import os
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from attendance_contract.images import MAX_IMAGE_BYTES
from attendance_ml.annotate import annotate, describe
from attendance_ml.faces import DetectedFace, FaceEngine, FacesError, Photo, decode_image, load_engine
from attendance_ml.faces.heic import HeicProgramError
from attendance_ml.faces.models import SFACE, YUNET, ModelStore
from attendance_ml.serving.answers import face_of

SMALLEST = 12
"""Pixels: the detector sees nothing smaller."""

FORMATS = {".jpg": "JPEG", ".jpeg": "JPEG", ".png": "PNG"}
JPEG_QUALITY = 90


class CannotLookError(Exception):
    """There is no photo to look at, or no place for the picture; the message is for a person."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen on a photo, left to right."""

    photo: Photo
    faces: list[DetectedFace]

    def as_text(self) -> str:
        """A line a face, below how many there are."""
        heading = f"{len(self.faces)} face{'' if len(self.faces) == 1 else 's'} on {self._size}"
        return "\n".join([heading, *(f"{number:>3}  {describe(face)}" for number, face in enumerate(self.faces, 1))])

    def as_json(self) -> str:
        """As `POST /api/ml/detect-faces` tells it, without vectors."""
        faces = [face_of(face).model_dump(mode="json") for face in self.faces]
        dimensions = [self.photo.width, self.photo.height]
        return json.dumps({"count": len(faces), "image_dimensions": dimensions, "faces": faces}, indent=2)

    @property
    def _size(self) -> str:
        return f"{self.photo.width} x {self.photo.height} pixels"


def look(path: Path, out: Path | None) -> Seen:
    """Find the faces of the photo at `path`; with `out`, write the photo with its faces framed there.

    Raises:
        CannotLookError: no photo within the service's limits, or `out` can't be written or is the photo itself.
        ModelMissingError, WrongChecksumError: the models are not on this machine.
    """
    if out is not None:
        _require_other_picture(path, out)
    photo = _read(path)
    seen = Seen(photo, _load().detect(photo, min_face_size=SMALLEST, min_face_area_ratio=0))
    if out is not None:
        _write(seen, out)
    return seen


def _load() -> FaceEngine:
    store = ModelStore()
    return load_engine({name: store.path(name) for name in (YUNET.name, SFACE.name)}, threads=os.cpu_count() or 1)


def _read(path: Path) -> Photo:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_IMAGE_BYTES + 1)
    except OSError as error:
        raise CannotLookError(f"{path} can't be read: {_why(error)}") from error
    if len(data) > MAX_IMAGE_BYTES:
        raise CannotLookError(f"{path} is larger than {MAX_IMAGE_BYTES / 2**20:.0f} MB, the most that is taken.")
    try:
        return decode_image(data)
    except FacesError as error:
        raise CannotLookError(f"{path}: {error.message}") from error
    except HeicProgramError as error:
        raise CannotLookError(f"{path}: {error}") from error


def _require_other_picture(path: Path, out: Path) -> None:
    """Before any work: a picture in a known format, in a place of its own, however either path is written."""
    if out.suffix.lower() not in FORMATS:
        raise CannotLookError(f"{out}: a picture is written as {' or '.join(FORMATS)}.")
    if out.exists() and path.exists() and out.samefile(path):
        raise CannotLookError(f"{out} is the photo itself: it would be overwritten. Give the picture another name.")


def _write(seen: Seen, out: Path) -> None:
    encoded = BytesIO()
    annotate(seen.photo, seen.faces).save(encoded, FORMATS[out.suffix.lower()], quality=JPEG_QUALITY)
    try:
        _replace(out, encoded.getvalue())
    except OSError as error:
        raise CannotLookError(f"{out} can't be written: {_why(error)}") from error


def _replace(out: Path, content: bytes) -> None:
    """All of it or nothing: a picture cut short never stands under the name that was asked for."""
    partial = out.with_name(f".{out.name}.{os.getpid()}.part")
    try:
        partial.write_bytes(content)
        partial.replace(out)
    finally:
        partial.unlink(missing_ok=True)


def _why(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
