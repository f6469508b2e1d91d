"""Cosines to distances and back, so that a threshold means one error rate whatever the model is.

The curves are measured by `attendance_evaluation calibrate` and shipped as small files; nothing is fitted here.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

import numpy as np
from numpy.typing import NDArray

from attendance_ml.faces.errors import ModelMismatch

DISTANCES = (0.0, 0.5, 0.6, 0.9, 1.0)
"""Distances at cosine 1, at the cosines that 1 in 100,000, 1 in 1,000 and 1 in 2 comparisons of different people reach,
and at cosine -1. Between them the curve is linear."""


class Way(StrEnum):
    """How a student's vectors become one similarity: the only one, the better of two, the mean of three and more."""

    SINGLE = "single"
    BEST = "best"
    MEAN = "mean"

    @classmethod
    def of(cls, vectors: int) -> "Way":
        """The way that a student with so many vectors is compared."""
        return {1: cls.SINGLE, 2: cls.BEST}.get(vectors, cls.MEAN)


@dataclass(frozen=True, slots=True)
class Curve:
    """Cosine to distance for one way of combining. `rare`, `seldom`, `typical` are the cosines that comparisons of
    different people reach at rates of 1e-5, 1e-3 and 0.5.
    """

    rare: float
    seldom: float
    typical: float

    def distance(self, cosine: NDArray[np.floating]) -> NDArray[np.float64]:
        """Distances 0..1 of cosines, of any shape."""
        return np.asarray(np.interp(cosine, self._cosines()[::-1], DISTANCES[::-1]))

    def cosine(self, distance: float) -> float:
        """The cosine at a distance."""
        return float(np.interp(distance, DISTANCES, self._cosines()))

    def _cosines(self) -> tuple[float, ...]:
        return (1.0, self.rare, self.seldom, self.typical, -1.0)


@dataclass(frozen=True, slots=True)
class Calibration:
    """The curves of one model, for probes embedded with or without their mirror image.

    `id` names model, flip and content: a decision made with it can be explained later.
    """

    id: str
    model: str
    probe_flip: bool
    curves: Mapping[Way, Curve]


def load_calibration(model: str, *, probe_flip: bool) -> Calibration:
    """The calibration shipped for `model`.

    Raises:
        ModelMismatch: there is none.
    """
    for calibration in shipped_calibrations():
        if (calibration.model, calibration.probe_flip) == (model, probe_flip):
            return calibration
    known = sorted({calibration.model for calibration in shipped_calibrations()})
    raise ModelMismatch(f"There is no calibration for vectors of {model}: take the photos again.", reasons=known)


def calibration_ids(model: str) -> tuple[str, ...]:
    """The ids of those shipped for `model`."""
    return tuple(calibration.id for calibration in shipped_calibrations() if calibration.model == model)


@cache
def shipped_calibrations() -> tuple[Calibration, ...]:
    """All calibrations beside this module."""
    folder = files("attendance_ml.faces") / "calibrations"
    return tuple(_read(file) for file in sorted(folder.iterdir(), key=str) if file.name.endswith(".json"))


def _read(file: Traversable) -> Calibration:
    content = json.loads(file.read_bytes())
    points = {way: [content["curves"][way]["cosine_at"][rate] for rate in ("1e-5", "1e-3", "0.5")] for way in Way}
    digest = hashlib.sha256(json.dumps(points, sort_keys=True).encode()).hexdigest()[:8]
    model, flip = content["model"], content["probe_flip"]
    return Calibration(
        id=f"{model}/{'flip' if flip else 'plain'}/{digest}",
        model=model,
        probe_flip=flip,
        curves={way: Curve(*cosines) for way, cosines in points.items()},
    )
