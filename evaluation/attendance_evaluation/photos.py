"""The labelled photos that are at hand, and one vector pair per photo. Vectors are kept in an ignored folder only."""

import csv
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from attendance_ml.faces import DetectedFace, FaceEngine, Photo, decode_image

CACHE = Path(".cache/evaluation")
"""Below the folder the command runs in; ignored by git in this repository."""

PROGRESS_EVERY = 200


@dataclass(frozen=True, slots=True)
class LabelledPhoto:
    """A photo of one person; bystanders may be on it, but not in the middle."""

    path: Path
    person: str


@dataclass(frozen=True, slots=True)
class Population:
    """People under comparable conditions, each photo embedded as it is and averaged with its mirror image.

    `plain` and `flipped` are (N, 128); `persons` (N,) are numbers into `names`; `without_face` counts photos left out.
    """

    name: str
    paths: list[Path]
    names: list[str]
    persons: NDArray[np.intp]
    plain: NDArray[np.float32]
    flipped: NDArray[np.float32]
    without_face: int


def lfw_photos(data: Path) -> list[LabelledPhoto]:
    """All photos of `lfw-view1`, by person."""
    return [LabelledPhoto(path, path.parent.name) for path in sorted(data.glob("images/*/*.jpg"))]


def webcam_photos(data: Path) -> list[LabelledPhoto]:
    """The live people of `spoof-nuaa-train`."""
    with (data / "labels.csv").open(newline="") as file:
        live = [row for row in csv.DictReader(file) if row["label"] == "live"]
    return [LabelledPhoto(data / row["image"], row["subject"]) for row in live]


def embed_population(name: str, photos: Sequence[LabelledPhoto], engine: FaceEngine, cache: Path) -> Population:
    """Vectors of the central face of each photo, from `cache` if the same photos were embedded by the same models."""
    models = "".join(facts.sha256 + facts.precision for facts in engine.models())
    key = hashlib.sha256("\n".join([models, *(str(photo.path) for photo in photos)]).encode()).hexdigest()[:16]
    stored = cache / f"{name}-{key}.npz"
    if not stored.exists():
        cache.mkdir(parents=True, exist_ok=True)
        np.savez(stored, pairs=_embed(photos, engine))
    with np.load(stored) as content:
        pairs: NDArray[np.float32] = content["pairs"]
    seen = np.flatnonzero(np.isfinite(pairs[:, 0, 0])).tolist()
    names, persons = np.unique([photos[index].person for index in seen], return_inverse=True)
    return Population(
        name=name,
        paths=[photos[index].path for index in seen],
        names=[str(person) for person in names],
        persons=persons,
        plain=pairs[seen, 0],
        flipped=pairs[seen, 1],
        without_face=len(photos) - len(seen),
    )


def central_face(photo: Photo, faces: Sequence[DetectedFace]) -> DetectedFace | None:
    """Whose photo it is: the face whose middle is nearest the photo's, in widths of that face."""
    middle = np.array([photo.width, photo.height]) / 2

    def off_centre(face: DetectedFace) -> float:
        return float(np.linalg.norm(face.landmarks.mean(axis=0) - middle)) / face.size

    return min(faces, key=off_centre, default=None)


def _embed(photos: Sequence[LabelledPhoto], engine: FaceEngine) -> NDArray[np.float32]:
    """(N, 2, 128): plain and flipped; not a number where no face was found."""
    pairs = np.full((len(photos), 2, 128), np.nan, np.float32)
    for index, labelled in enumerate(photos):
        photo = decode_image(labelled.path.read_bytes())
        face = central_face(photo, engine.detect(photo, min_face_size=12, min_face_area_ratio=0))
        if face:
            pairs[index] = [engine.embed(photo, [face], flip=flip)[0] for flip in (False, True)]
        if not (index + 1) % PROGRESS_EVERY:
            print(f"  {index + 1} of {len(photos)} photos embedded", flush=True)
    return pairs
