"""Whether vectors of all runtimes and precisions compare freely, and whether the self-test turns down a wrong one."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from attendance_ml.faces import FacesError, decode_image
from attendance_ml.faces.align import CROP_SIDE, align_faces
from attendance_ml.faces.batches import SharedBatches
from attendance_ml.faces.detect import SCORE
from attendance_ml.faces.embed import BATCH, Embedder
from attendance_ml.faces.models import SFACE, YUNET, ModelStore
from attendance_ml.faces.passes import find_first
from attendance_ml.faces.runtimes import Network, NetworkSpec, Precision, Runtime, best_runtime
from attendance_ml.faces.runtimes.onnxruntime import OnnxRuntime
from attendance_ml.faces.selftest import AGREEMENT, load_detector, load_embedder

NOISE = 0.5
"""Standard deviation of what is added to every number: as of a processor with a fault."""


@dataclass(frozen=True, slots=True)
class Cosines:
    """How near the vectors of the same faces are, made in two ways."""

    one: str
    other: str
    least: float
    first_percentile: float
    median: float

    def agree(self) -> bool:
        """Whether 99 of 100 faces reach what the self-test asks of its reference crops."""
        return self.first_percentile >= AGREEMENT


class SpoiltBf16:
    """A `Runtime` whose bf16 is wrong on purpose, on any machine."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self.name = f"{runtime.name}, bf16 spoilt"

    def native_precisions(self) -> tuple[Precision, ...]:
        return (Precision.BF16, Precision.F32)

    def load(self, spec: NetworkSpec, *, threads: int, precision: Precision) -> Network:
        network = self._runtime.load(spec, threads=threads, precision=Precision.F32)
        if precision is Precision.F32:
            return network
        random = np.random.default_rng(0)
        return lambda images: [
            output + random.normal(scale=NOISE, size=output.shape).astype(np.float32) for output in network(images)
        ]


def compare_runtimes(crops: NDArray[np.uint8], store: ModelStore, *, threads: int) -> list[Cosines]:
    """Every two ways to embed crops (N, 112, 112, 3) that this machine has."""
    vectors = {name: embedder(crops, flip=False) for name, embedder in _embedders(store, threads)}
    return [_cosines(vectors, one, other) for one, other in combinations(vectors, 2)]


def chosen_precisions(store: ModelStore, *, threads: int) -> dict[str, Precision]:
    """What the self-test chooses: of this machine's runtime as it is, and with its bf16 spoilt."""
    runtime = best_runtime()
    path = store.path(SFACE.name)
    return {
        tried.name: load_embedder(tried, path, SFACE.id, threads=threads, precision="auto")[1]
        for tried in (runtime, SpoiltBf16(runtime))
    }


def crops_of(photos: Sequence[Path], count: int, store: ModelStore, *, threads: int) -> NDArray[np.uint8]:
    """The largest face of each of the first photos that show one, aligned: (count, 112, 112, 3), or fewer."""
    detector = load_detector(best_runtime(), store.path(YUNET.name), threads=threads)
    crops: list[NDArray[np.uint8]] = []
    for path in photos:
        if len(crops) == count:
            break
        try:
            pixels = decode_image(path.read_bytes()).pixels
        except FacesError:
            continue
        found = find_first(detector, pixels)
        if len(found):
            largest = found[[found[:, 2].argmax()]]
            crops.append(align_faces(pixels, largest[:, 4:SCORE].reshape(-1, 5, 2)))
    return np.concatenate([*crops, np.empty((0, CROP_SIDE, CROP_SIDE, 3), np.uint8)])


def _embedders(store: ModelStore, threads: int) -> Iterator[tuple[str, Embedder]]:
    spec = NetworkSpec(store.path(SFACE.name), bgr=False, size=(CROP_SIDE, CROP_SIDE))
    runtimes: dict[str, Runtime] = {runtime.name: runtime for runtime in (best_runtime(), OnnxRuntime())}
    for runtime in runtimes.values():
        for precision in sorted(runtime.native_precisions(), reverse=True):
            network = runtime.load(spec, threads=threads, precision=precision)
            yield f"{runtime.name} {precision.value}", Embedder(SharedBatches(network, BATCH))


def _cosines(vectors: Mapping[str, NDArray[np.float32]], one: str, other: str) -> Cosines:
    cosines = (vectors[one] * vectors[other]).sum(axis=1)
    least, first, median = (float(value) for value in np.percentile(cosines, [0, 1, 50]))
    return Cosines(one, other, least, first, median)
