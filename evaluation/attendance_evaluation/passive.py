"""Error rates of passive liveness, on live frames and on photos held up, single and averaged. Sets no threshold."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from attendance_evaluation.comparisons import INTERVAL, RESAMPLES
from attendance_ml.faces import FaceEngine, decode_image
from attendance_ml.faces.liveness import LIVE, PassiveLiveness, has_surroundings

LIVE_LABEL = "live"
MEAN_OF = 5


@dataclass(frozen=True, slots=True)
class Scores:
    """Of each frame its score, whether it is live, and whose it is: all (N,). `too_close` faces are scored as well."""

    score: NDArray[np.float64]
    live: NDArray[np.bool_]
    person: NDArray[np.str_]
    too_close: int


@dataclass(frozen=True, slots=True)
class Share:
    """How many of how many, with a 95 % interval of the rate over people drawn anew."""

    count: int
    of: int
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.count} of {self.of} ({self.count / max(self.of, 1):.1%} [{self.low:.1%}, {self.high:.1%}])"


@dataclass(frozen=True, slots=True)
class PassiveRates:
    """`eer_score` is the threshold at which both errors are as near as they get; the shares are at `threshold`."""

    auc: float
    eer: float
    eer_score: float
    threshold: float
    attacks_passed: Share
    live_refused: Share


def score_frames(data: Path, engine: FaceEngine, passive: PassiveLiveness) -> Scores:
    """Scores of the largest face of every frame that `labels.csv` names; whoever holds a photo up may be seen too."""
    with (data / "labels.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    crops, too_close = [], 0
    for row in rows:
        photo = decode_image((data / row["image"]).read_bytes())
        face = engine.detect_single(photo, validate_single=False, min_face_size=12, min_face_area_ratio=0)
        crops.append(passive.crop(photo.pixels, face.box))
        too_close += not has_surroundings(face.box, photo.width)
    return Scores(
        score=np.concatenate([passive.score(crop[None]) for crop in crops]),
        live=np.array([row["label"] == LIVE_LABEL for row in rows]),
        person=np.array([row["subject"] for row in rows]),
        too_close=too_close,
    )


def means(scores: Scores, of: int = MEAN_OF) -> Scores:
    """Scores of frames averaged in fives of one person and kind, in the order of the list; a rest is left out."""
    score, live, person = [], [], []
    for who in np.unique(scores.person):
        for kind in (True, False):
            own = scores.score[(scores.person == who) & (scores.live == kind)]
            groups = own[: len(own) // of * of].reshape(-1, of).mean(axis=1)
            score.append(groups)
            live += [kind] * len(groups)
            person += [who] * len(groups)
    return Scores(np.concatenate(score), np.array(live), np.array(person), 0)


def rates(scores: Scores, threshold: float = LIVE) -> PassiveRates:
    """Error rates of these scores."""
    live, spoof = scores.score[scores.live], scores.score[~scores.live]
    above = (live[:, None] > spoof).mean() + (live[:, None] == spoof).mean() / 2
    candidates = np.sort(scores.score)
    refused, passed = (live < candidates[:, None]).mean(axis=1), (spoof >= candidates[:, None]).mean(axis=1)
    best = int(np.abs(refused - passed).argmin())
    return PassiveRates(
        auc=float(above),
        eer=float((refused[best] + passed[best]) / 2),
        eer_score=float(candidates[best]),
        threshold=threshold,
        attacks_passed=share(spoof >= threshold, scores.person[~scores.live]),
        live_refused=share(live < threshold, scores.person[scores.live]),
    )


def share(hits: NDArray[np.bool_] | Sequence[bool], persons: NDArray[np.str_] | Sequence[str]) -> Share:
    """How often it happened (N,), to whom (N,): people are drawn anew, since frames of one are alike.

    Of nothing nothing is known: 0 of 0, with an interval from 0 to 1.
    """
    if not len(hits):
        return Share(0, 0, 0.0, 1.0)
    happened, people = np.asarray(hits, bool), np.unique(persons, return_inverse=True)[1]
    counts, hit = np.bincount(people), np.bincount(people, happened)
    drawn = np.random.default_rng(0).integers(0, len(counts), (RESAMPLES, len(counts)))
    low, high = np.percentile(hit[drawn].sum(axis=1) / counts[drawn].sum(axis=1), INTERVAL)
    return Share(int(happened.sum()), len(happened), round(float(low), 4), round(float(high), 4))
