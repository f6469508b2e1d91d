"""One face per photo, found and embedded by an engine. Kept by content, so that a run that broke off goes on."""

import hashlib
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from attendance_ml.faces import DetectedFace, FaceEngine, Photo, decode_image
from attendance_ml.samples import sample_photo

PROGRESS_EVERY = 100
SMALLEST = 12

TRIED = ("astronaut.png", "grace_hopper.jpg", "obama.jpg")
"""Sample photos whose answers stand for an engine: where they change by a thousandth, what was kept is not used."""


@dataclass(frozen=True, slots=True)
class FaceRecord:
    """The face of the person meant: its width in pixels, its quality score (not a number where an engine gives none),
    and its vectors (D,) as it is and averaged with its mirror image.
    """

    width: float
    quality: float
    plain: NDArray[np.float32]
    flipped: NDArray[np.float32]


class Encoder(Protocol):
    """An engine under measurement. `key` differs where its answers do."""

    @property
    def key(self) -> str:
        """Names the folder of its kept answers."""

    def encode(self, photos: Sequence[bytes]) -> Iterator[FaceRecord | None]:
        """In their order, the face of each photo, None where none was found."""


class OwnEncoder:
    """The engine of the product."""

    def __init__(self, engine: FaceEngine) -> None:
        self._engine = engine
        models = "".join(facts.sha256 for facts in engine.models())
        faces = self.encode([sample_photo(name).read_bytes() for name in TRIED])
        answers = np.concatenate([_row(face).round(3) + 0 for face in faces])
        self.key = f"own-{hashlib.sha256(models.encode() + answers.tobytes()).hexdigest()[:12]}"

    def encode(self, photos: Sequence[bytes]) -> Iterator[FaceRecord | None]:
        for content in photos:
            photo = decode_image(content)
            face = central_face(photo, self._engine.detect(photo, min_face_size=SMALLEST, min_face_area_ratio=0))
            yield self._record(photo, face) if face else None

    def _record(self, photo: Photo, face: DetectedFace) -> FaceRecord:
        plain, flipped = (self._engine.embed(photo, [face], flip=flip)[0] for flip in (False, True))
        return FaceRecord(face.box[2] - face.box[0], face.quality.score, plain, flipped)


def central_face(photo: Photo, faces: Sequence[DetectedFace]) -> DetectedFace | None:
    """Whose photo it is: the face whose middle is nearest the photo's, in widths of that face."""
    middle = np.array([photo.width, photo.height]) / 2

    def off_centre(face: DetectedFace) -> float:
        return float(np.linalg.norm(face.landmarks.mean(axis=0) - middle)) / face.size

    return min(faces, key=off_centre, default=None)


def encode_all(photos: Sequence[bytes], encoder: Encoder, cache: Path) -> list[FaceRecord | None]:
    """The face of each photo, from `cache` where this engine has seen the same bytes before."""
    folder = cache / "vectors" / encoder.key
    folder.mkdir(parents=True, exist_ok=True)
    kept = [folder / f"{hashlib.sha256(photo).hexdigest()}.npy" for photo in photos]
    missing = [index for index, path in enumerate(kept) if not path.exists()]
    found = encoder.encode([photos[index] for index in missing])
    for done, (index, face) in enumerate(zip(missing, found, strict=True), start=1):
        _write(kept[index], face)
        if not done % PROGRESS_EVERY:
            print(f"  {done} of {len(missing)} photos embedded", file=sys.stderr, flush=True)
    return [_read(path) for path in kept]


def _write(path: Path, face: FaceRecord | None) -> None:
    partial = path.with_suffix(".part")
    with partial.open("wb") as file:
        np.save(file, _row(face))
    partial.replace(path)


def _row(face: FaceRecord | None) -> NDArray[np.float32]:
    """As it is kept: empty where no face was found."""
    if face is None:
        return np.empty(0, np.float32)
    return np.concatenate([[face.width, face.quality], face.plain, face.flipped]).astype(np.float32)


def _read(path: Path) -> FaceRecord | None:
    row: NDArray[np.float32] = np.load(path)
    if not row.size:
        return None
    plain, flipped = np.split(row[2:], 2)
    return FaceRecord(float(row[0]), float(row[1]), plain, flipped)
