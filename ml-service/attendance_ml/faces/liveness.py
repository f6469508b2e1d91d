"""Passive liveness: does a single frame show a person or a printed photo? It refuses nobody, it scores.

Two networks of Minivision's Silent-Face-Anti-Spoofing (MiniFASNet) look at the face with its surroundings, so a face
that fills the frame can't be judged. Screens, video and masks are unmeasured.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from attendance_ml.faces.engine import ModelFacts, facts_of
from attendance_ml.faces.models import LIVENESS
from attendance_ml.faces.runtimes import Network, NetworkSpec, Precision, Runtime, best_runtime
from attendance_ml.faces.stages import Stage, stage

SIDE = 80
"""Pixels of the networks' input."""

REAL = 1
"""Index of the class "a real face" among the networks' three."""

LIVE = 0.5
"""Scores from here on are taken for live. On NUAA's test split (3,362 live, 5,761 printed photos) 0.09 % of the printed
photos pass there and 0.45 % of the live frames fall below. On `spoof-nuaa-train`, whose faces are half as high
as the frame, 25 % do and no photo passes, so a low score leads to the challenge and refuses nobody."""

WIDEST = 0.35
"""A face wider than this share of the frame's width leaves too little around it. With frames of `spoof-nuaa-train` cut
down until the face has 0.6 of their width, 9 % of the printed photos pass; up to 0.4, none."""

HAIR = 1e-6

GROWN = {"minifasnet-v2": 2.7, "minifasnet-v1se": 4.0}
"""How far each network's window is grown about the face, as it was trained."""


@dataclass(frozen=True, slots=True)
class PassiveLiveness:
    """The networks, each with how far its window is grown. Make it with `load_liveness`; threads may share it."""

    networks: tuple[tuple[float, Network], ...]
    facts: tuple[ModelFacts, ...]

    def crop(self, pixels: NDArray[np.uint8], box: tuple[int, int, int, int]) -> NDArray[np.uint8]:
        """What each network looks at, (networks, 80, 80, 3) uint8, of (H, W, 3) RGB and a face's box in its pixels."""
        return np.stack([crop_around(pixels, box, grown) for grown, _ in self.networks])

    def score(self, crops: NDArray[np.uint8]) -> NDArray[np.float64]:
        """0 (a photo) to 1 (a live face) of each frame's crops (N, networks, 80, 80, 3): the networks' mean, (N,)."""
        with stage(Stage.LIVENESS):
            logits = [network(crops[:, index])[0] for index, (_, network) in enumerate(self.networks)]
        return np.asarray(np.mean([_softmax(each)[:, REAL] for each in logits], axis=0))


def load_liveness(model_paths: Mapping[str, Path], *, threads: int, runtime: Runtime | None = None) -> PassiveLiveness:
    """Passive liveness from the files of `LIVENESS` by name, warm. Always in f32: a threshold judges its scores."""
    runtime = runtime or best_runtime()
    networks = tuple((GROWN[model.name], _load(runtime, model_paths[model.name], threads)) for model in LIVENESS)
    loaded = PassiveLiveness(networks, tuple(facts_of(model, runtime, Precision.F32, None) for model in LIVENESS))
    loaded.score(np.zeros((1, len(networks), SIDE, SIDE, 3), np.uint8))
    return loaded


def has_surroundings(box: tuple[int, int, int, int], frame_width: int) -> bool:
    """Whether enough is to be seen around a face (left, top, right, bottom) for a score to mean something."""
    return box[2] - box[0] <= WIDEST * frame_width


def crop_around(pixels: NDArray[np.uint8], box: Sequence[int], grown: float) -> NDArray[np.uint8]:
    """(80, 80, 3): the box grown about its centre as far as the frame allows, shifted into it and never padded."""
    height, width = pixels.shape[:2]
    left, top, right, bottom = window_around(box, grown, width, height)
    window = Image.fromarray(pixels[top : bottom + 1, left : right + 1])
    # Samples single pixels as OpenCV's resize does; Pillow's own would average, which the networks never saw.
    extent = (0, 0, right + 1 - left, bottom + 1 - top)
    return np.asarray(window.transform((SIDE, SIDE), Image.Transform.EXTENT, extent, Image.Resampling.BILINEAR))


def window_around(box: Sequence[int], grown: float, width: int, height: int) -> tuple[int, int, int, int]:
    """(left, top, right, bottom) in pixels, all of them inside, of the window that the networks were trained on."""
    left, top, right, bottom = box
    wide, high = max(right - left, 1), max(bottom - top, 1)
    grown = min(grown, (height - 1) / high, (width - 1) / wide)
    x, across = _shifted((left + right) / 2, wide * grown, width)
    y, down = _shifted((top + bottom) / 2, high * grown, height)
    # A whole number may come out of the arithmetic as a hair less.
    return int(x + HAIR), int(y + HAIR), int(across + HAIR), int(down + HAIR)


def _shifted(centre: float, length: float, limit: int) -> tuple[float, float]:
    start = min(max(centre - length / 2, 0.0), limit - 1 - length)
    return max(start, 0.0), min(max(start, 0.0) + length, limit - 1)


def _load(runtime: Runtime, path: Path, threads: int) -> Network:
    return runtime.load(NetworkSpec(path, bgr=True, size=(SIDE, SIDE)), threads=threads, precision=Precision.F32)


def _softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))
