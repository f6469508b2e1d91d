"""People under comparable conditions, one vector pair per photo. Knows nothing of who made the vectors."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from attendance_evaluation.photos import LabelledPhoto
from attendance_evaluation.vectors import Encoder, encode_all
from attendance_ml.faces.embed import to_unit_length


class Metric(StrEnum):
    """How two vectors are compared: by the cosine, or by their distance as dlib's are. Greater is always more alike."""

    COSINE = "cosine"
    EUCLIDEAN = "euclidean"

    def compare(self, probes: NDArray[np.float32], templates: NDArray[np.float32]) -> NDArray[np.float32]:
        """(P, D) with (T, D): similarities (P, T), for `EUCLIDEAN` the negative distance."""
        products = probes @ templates.T
        if self is Metric.COSINE:
            return np.asarray(products)
        squares = (probes**2).sum(axis=1)[:, None] + (templates**2).sum(axis=1) - 2 * products
        return np.asarray(-np.sqrt(np.maximum(squares, 0)))

    def mean(self, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """The template (D,) of (k, D)."""
        mean = np.asarray(vectors.mean(axis=0))
        return to_unit_length(mean) if self is Metric.COSINE else mean


@dataclass(frozen=True, slots=True)
class Population:
    """Photos with a face, each embedded as it is and averaged with its mirror image.

    `plain` and `flipped` are (N, D), `persons` (N,) numbers into `names`, `widths` (pixels) and `qualities` (N,).
    `unseen` (U,) are the persons of the photos in which no face was found.
    """

    name: str
    paths: list[Path]
    names: list[str]
    persons: NDArray[np.intp]
    plain: NDArray[np.float32]
    flipped: NDArray[np.float32]
    widths: NDArray[np.float64]
    qualities: NDArray[np.float64]
    unseen: NDArray[np.intp]
    metric: Metric = Metric.COSINE


def embed_population(
    name: str,
    photos: Sequence[LabelledPhoto],
    encoder: Encoder,
    cache: Path,
    metric: Metric = Metric.COSINE,
) -> Population:
    """Vectors of the central face of each photo, from `cache` where they are kept."""
    faces = encode_all([photo.path.read_bytes() for photo in photos], encoder, cache)
    names, persons = np.unique([photo.person for photo in photos], return_inverse=True)
    seen = np.array([face is not None for face in faces], bool)
    records = [face for face in faces if face is not None]
    return Population(
        name=name,
        paths=[photo.path for photo, found in zip(photos, seen, strict=True) if found],
        names=[str(person) for person in names],
        persons=persons[seen],
        plain=np.array([face.plain for face in records], np.float32),
        flipped=np.array([face.flipped for face in records], np.float32),
        widths=np.array([face.width for face in records]),
        qualities=np.array([face.quality for face in records]),
        unseen=persons[~seen],
        metric=metric,
    )
