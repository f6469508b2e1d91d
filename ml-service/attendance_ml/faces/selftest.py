"""Decides in which precision this machine may run the embedder: it must reproduce stored vectors of stored crops."""

from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from attendance_ml.faces.align import CROP_SIDE
from attendance_ml.faces.batches import SharedBatches
from attendance_ml.faces.embed import BATCH, Embedder
from attendance_ml.faces.errors import ModelUnusable
from attendance_ml.faces.runtimes import NetworkSpec, Precision, Runtime

AGREEMENT = 0.999
"""Least cosine to the stored f32 vectors. A precision that reaches it costs no accuracy, and its vectors compare freely
with those of any other."""


@dataclass(frozen=True, slots=True)
class Reference:
    """Crops (N, 112, 112, 3) uint8 of two photos in the public domain, and their f32 vectors (N, 128)."""

    crops: NDArray[np.uint8]
    vectors: NDArray[np.float32]


def load_reference(model_id: str) -> Reference:
    """What ships beside this module for `model_id`, made by `python -m attendance_evaluation reference`."""
    with as_file(files("attendance_ml.faces") / "reference" / f"{model_id}.npz") as path, np.load(path) as stored:
        return Reference(stored["crops"], stored["vectors"])


def load_embedder(
    runtime: Runtime, path: Path, model_id: str, *, threads: int, precision: Precision | Literal["auto"]
) -> tuple[Embedder, Precision]:
    """The embedder in `precision`, or with `auto` in the fastest native one that passes; having run once, it is warm.

    Raises:
        ModelUnusable: none of the tried precisions reproduces the stored vectors.
    """
    reference = load_reference(model_id)
    spec = NetworkSpec(path, bgr=False, size=(CROP_SIDE, CROP_SIDE))
    worst = {}
    for candidate in runtime.native_precisions() if precision == "auto" else (precision,):
        network = runtime.load(spec, threads=threads, precision=candidate)
        embedder = Embedder(SharedBatches(network, BATCH))
        worst[candidate.value] = measure_agreement(embedder, reference)
        if worst[candidate.value] >= AGREEMENT:
            return embedder, candidate
    raise ModelUnusable(f"{model_id} does not compute what it should on this machine with {runtime.name}.", **worst)


def measure_agreement(embedder: Embedder, reference: Reference) -> float:
    """The least cosine between the embedder's vectors of the reference crops and the stored ones; 0 if not a number."""
    cosines = (embedder(reference.crops, flip=False) * reference.vectors).sum(axis=1)
    return float(np.nan_to_num(cosines, nan=0.0).min())
