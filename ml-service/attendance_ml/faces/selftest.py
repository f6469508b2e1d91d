"""Decides in which precision this machine may run each network: it must reproduce what is stored of stored pictures."""

from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from attendance_ml.faces.align import CROP_SIDE
from attendance_ml.faces.batches import SharedBatches
from attendance_ml.faces.detect import SCORE, Detections, Detector, overlap
from attendance_ml.faces.embed import BATCH, Embedder
from attendance_ml.faces.errors import ModelUnusable
from attendance_ml.faces.models import YUNET
from attendance_ml.faces.runtimes import NetworkSpec, Precision, Runtime

AGREEMENT = 0.999
"""Least cosine to the stored f32 vectors. A precision that reaches it costs no accuracy, and its vectors compare freely
with those of any other."""

DETECTING = (Precision.F16, Precision.F32)
"""In bf16 the detector loses faces (3 of 553), and misplaces landmarks of tiny ones by a twentieth of their width."""

MISPLACED = 0.002
"""How far a landmark may lie from the stored f32 one, as a share of the face's width: four times what f16 brings about
on the stored picture, and less than bf16 does."""


@dataclass(frozen=True, slots=True)
class Reference:
    """Crops (N, 112, 112, 3) uint8 of two photos in the public domain, and their f32 vectors (N, 128)."""

    crops: NDArray[np.uint8]
    vectors: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class SceneReference:
    """A picture (H, W, 3) uint8 of the same two people, each several times, and what is found there in f32."""

    pixels: NDArray[np.uint8]
    found: Detections


def load_scene_reference() -> SceneReference:
    """What ships beside this module for the detector, made by `python -m attendance_evaluation reference`."""
    with as_file(files("attendance_ml.faces") / "reference" / f"{YUNET.id}.npz") as path, np.load(path) as stored:
        return SceneReference(stored["pixels"], stored["found"])


def load_detector(
    runtime: Runtime, path: Path, *, threads: int, precision: Precision | Literal["auto"] = "auto"
) -> Detector:
    """The detector, warm: in f32 where that is asked for, else in the fastest native one of `DETECTING` that passes.

    Raises:
        ModelUnusable: none of the tried precisions finds the stored faces.
    """
    reference = load_scene_reference()
    spec = NetworkSpec(path, bgr=True, size=(None, None))
    native = [candidate for candidate in runtime.native_precisions() if candidate in DETECTING]
    worst = {}
    for candidate in [Precision.F32] if precision is Precision.F32 else native:
        detector = Detector(runtime.load(spec, threads=threads, precision=candidate), candidate)
        worst[candidate.value] = measure_misplacement(detector, reference)
        if worst[candidate.value] <= MISPLACED:
            return detector
    raise ModelUnusable(f"{YUNET.id} does not find what it should on this machine with {runtime.name}.", **worst)


def measure_misplacement(detector: Detector, reference: SceneReference) -> float:
    """The farthest that a landmark lies from its stored place, in widths of its face; infinite for other faces."""
    found, stored = detector(reference.pixels), reference.found
    if len(found) != len(stored):
        return float("inf")
    paired = found[[overlap(face, found).argmax() for face in stored]]
    apart = np.abs(paired[:, 4:SCORE] - stored[:, 4:SCORE]).max(axis=1) / stored[:, 2]
    return float(np.nan_to_num(apart, nan=np.inf).max())


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
