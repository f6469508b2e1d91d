"""Our own engine without any service around it: the whole way in one process, and the two networks alone.

The networks alone are what no service on this machine and runtime can beat: the very same inputs, nothing else.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from attendance_contract.models import DEFAULT_CONFIDENT, DEFAULT_UNCERTAIN, Thresholds
from attendance_ml.faces import (
    LOOKALIKE_MARGIN,
    FaceEngine,
    Gallery,
    Precision,
    decode_image,
    load_calibration,
    load_engine,
    match_faces,
)
from attendance_ml.faces.models import SFACE, ModelStore
from attendance_ml.faces.runtimes import Network, NetworkSpec, Runtime, best_runtime

_THRESHOLDS = Thresholds(confident=DEFAULT_CONFIDENT, uncertain=DEFAULT_UNCERTAIN, lookalike_margin=LOOKALIKE_MARGIN)

Inference = tuple[Network, NDArray[np.uint8]]


@dataclass(slots=True)
class RecordingRuntime:
    """A runtime that keeps, while `recording` is a list, what every network is given."""

    inner: Runtime
    recording: list[Inference] | None = field(default=None)

    @property
    def name(self) -> str:
        return self.inner.name

    def native_precisions(self) -> tuple[Precision, ...]:
        return self.inner.native_precisions()

    def load(self, spec: NetworkSpec, *, threads: int, precision: Precision) -> Network:
        network = self.inner.load(spec, threads=threads, precision=precision)

        def run(images: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
            if self.recording is not None:
                self.recording.append((network, images.copy()))
            return network(images)

        return run


class Bare:
    """The engine as the ML service configures it by default, in this process."""

    def __init__(self) -> None:
        store = ModelStore()
        self._runtime = RecordingRuntime(best_runtime())
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        paths = {name: store.path(name) for name in ("yunet", "sface")}
        self.engine: FaceEngine = load_engine(paths, threads=cores, runtime=self._runtime)
        facts = {model.id: model for model in self.engine.models()}[SFACE.id]
        self.description = f"{facts.runtime} {facts.precision}"
        self.flip = facts.precision == Precision.BF16

    def encode(self, photo: bytes) -> NDArray[np.float32]:
        """The vector (128,) of a photo of one person."""
        decoded = decode_image(photo)
        face = self.engine.detect_single(decoded, validate_single=True, min_face_size=80, min_face_area_ratio=0)
        vector: NDArray[np.float32] = self.engine.embed(decoded, [face], flip=self.flip)[0]
        return vector

    def gallery(self, enrolled: Mapping[str, Sequence[NDArray[np.float32]]]) -> Gallery:
        return Gallery(
            {name: np.stack(vectors) for name, vectors in enrolled.items()},
            load_calibration(SFACE.id, probe_flip=self.flip),
        )

    def probes(self, photo: bytes) -> NDArray[np.float32]:
        """The vectors (F, 128) of all faces of a photo."""
        decoded = decode_image(photo)
        faces = self.engine.detect(decoded, min_face_size=12, min_face_area_ratio=0)
        return self.engine.embed(decoded, faces, flip=self.flip)

    def recognise(self, photo: bytes, gallery: Gallery) -> int:
        """From a photo's bytes to every face's match, as one call of the service; return the number of faces."""
        return match(self.probes(photo), gallery)

    def inferences(self, photo: bytes, *, single: bool) -> list[Inference]:
        """What the networks are given for this photo."""
        recording: list[Inference] = []
        self._runtime.recording = recording
        _ = self.encode(photo) if single else self.probes(photo)
        self._runtime.recording = None
        return recording


def match(probes: NDArray[np.float32], gallery: Gallery) -> int:
    return len(match_faces(probes, gallery, _THRESHOLDS))


def replay(inferences: Sequence[Inference]) -> None:
    """Run the networks alone."""
    for network, images in inferences:
        network(images)
