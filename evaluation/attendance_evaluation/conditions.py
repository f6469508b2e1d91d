"""Errors by size of the face and by quality, on photos that are shrunk and blurred where the data has none that are.

Enrolled are three photos as they are; only the probe is made worse, as a class photo is worse than a portrait.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from attendance_contract.models import DEFAULT_CONFIDENT, DEFAULT_UNCERTAIN
from attendance_evaluation.comparisons import RESAMPLES
from attendance_evaluation.population import Population
from attendance_evaluation.rosters import ENROLLED, enrollable
from attendance_evaluation.vectors import Encoder, FaceRecord, encode_all
from attendance_evaluation.verification import estimate
from attendance_ml.faces import Gallery, load_calibration
from attendance_ml.faces.models import SFACE

WIDTHS = (14, 18, 24, 32, 48, 64)
BLURS = (1.0, 2.0, 3.0, 4.0)
"""Radius of the Gaussian in pixels of the photo as it is."""
WIDTH_BINS = (0, 16, 20, 28, 40, 56, 80, 10_000)
QUALITY_BINS = (0.0, 0.2, 0.35, 0.5, 0.65, 0.8, 1.01)
FRAME = 480
"""Side of the grey picture in the middle of which a shrunk photo stands, as a face of the back row does in a class
photo: a tiny photo alone would be enlarged before the search."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One probe photo made worse: whose, the width its face should have, and what was found of it."""

    person: int
    width: float
    blurred: bool
    face: FaceRecord | None


@dataclass(frozen=True, slots=True)
class Judged:
    """Trials (N,) at the shipped thresholds: distances to the person's own template (infinite where nothing was found),
    and how many of the others' templates are nearer than each threshold.
    """

    trials: Sequence[Trial]
    own: NDArray[np.float64]
    others_confident: NDArray[np.intp]
    others_uncertain: NDArray[np.intp]
    templates: int


def by_condition(
    population: Population, encoder: Encoder, cache: Path, resamples: int = RESAMPLES
) -> dict[str, list[dict[str, Any]]]:
    """Tables by width of the face in pixels (shrunk and untouched) and by quality score (of all faces found)."""
    people = enrollable(population)
    chosen = {int(person): np.flatnonzero(population.persons == person) for person in people}
    probes = [own[ENROLLED] for own in chosen.values()]
    trials = _trials(population, probes, encoder, cache)
    gallery = Gallery(
        {str(person): population.flipped[own[:ENROLLED]] for person, own in chosen.items()},
        load_calibration(SFACE.id, probe_flip=False),
    )
    judged = _judge(trials, gallery, list(chosen))
    widths = np.array([-1.0 if trial.blurred else trial.width for trial in trials])
    qualities = np.array([trial.face.quality if trial.face else -1.0 for trial in trials])
    return {
        "by_width": _table(judged, widths, WIDTH_BINS, resamples),
        "by_quality": _table(judged, qualities, QUALITY_BINS, resamples),
    }


def _trials(population: Population, probes: Sequence[int], encoder: Encoder, cache: Path) -> list[Trial]:
    pictures: list[tuple[int, float, bool, bytes]] = []
    for probe in probes:
        content = population.paths[probe].read_bytes()
        person, width = int(population.persons[probe]), float(population.widths[probe])
        image = Image.open(io.BytesIO(content)).convert("RGB")
        pictures.append((person, width, False, content))
        pictures += [(person, goal, False, shrunk(image, goal / width)) for goal in WIDTHS if goal < width]
        pictures += [(person, width, True, blurred(image, radius)) for radius in BLURS]
    faces = encode_all([content for *_, content in pictures], encoder, cache)
    return [Trial(person, width, blur, face) for (person, width, blur, _), face in zip(pictures, faces, strict=True)]


def shrunk(image: Image.Image, factor: float) -> bytes:
    """The photo at a smaller scale, in the middle of a grey picture, as PNG."""
    size = (max(round(image.width * factor), 1), max(round(image.height * factor), 1))
    frame = Image.new("RGB", (FRAME, FRAME), (128, 128, 128))
    frame.paste(image.resize(size, Image.Resampling.LANCZOS), ((FRAME - size[0]) // 2, (FRAME - size[1]) // 2))
    return _png(frame)


def blurred(image: Image.Image, radius: float) -> bytes:
    """The photo out of focus, as PNG."""
    return _png(image.filter(ImageFilter.GaussianBlur(radius)))


def _png(image: Image.Image) -> bytes:
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return stream.getvalue()


def _judge(trials: Sequence[Trial], gallery: Gallery, order: Sequence[int]) -> Judged:
    column = {person: position for position, person in enumerate(order)}
    distances = np.full((len(trials), len(order)), np.inf)
    found = [index for index, trial in enumerate(trials) if trial.face]
    distances[found] = gallery.compare(np.array([trial.face.plain for trial in trials if trial.face])).distances
    rows, columns = np.arange(len(trials)), [column[trial.person] for trial in trials]
    own = distances[rows, columns].copy()
    distances[rows, columns] = np.inf
    return Judged(
        trials=trials,
        own=own,
        others_confident=(distances < DEFAULT_CONFIDENT).sum(axis=1),
        others_uncertain=(distances < DEFAULT_UNCERTAIN).sum(axis=1),
        templates=len(order),
    )


def _table(judged: Judged, values: NDArray[np.float64], edges: Sequence[float], resamples: int) -> list[dict[str, Any]]:
    rows = []
    for low, high in pairwise(edges):
        chosen = np.flatnonzero((values >= low) & (values < high))
        if len(chosen):
            rows.append({"from": low, "below": high, **_row(judged, chosen, resamples)})
    return rows


def _row(judged: Judged, chosen: NDArray[np.intp], resamples: int) -> dict[str, Any]:
    persons = np.unique([judged.trials[index].person for index in chosen], return_inverse=True)[1]
    lost = judged.own[chosen] >= DEFAULT_UNCERTAIN
    not_found = np.array([judged.trials[index].face is None for index in chosen])

    def measure(drawn: NDArray[np.floating]) -> list[float]:
        weights = drawn[persons]
        return [float(weights[lost].sum() / max(weights.sum(), 1))]

    compared = max(int((~not_found).sum()) * (judged.templates - 1), 1)
    return {
        "faces": len(chosen),
        "not_found": int(not_found.sum()),
        "present": int((judged.own[chosen] < DEFAULT_CONFIDENT).sum()),
        "missed": estimate(measure, int(persons.max()) + 1, resamples)[0],
        "comparisons_with_others": compared,
        "others_below_confident": int(judged.others_confident[chosen].sum()),
        "others_below_uncertain": int(judged.others_uncertain[chosen].sum()),
    }
