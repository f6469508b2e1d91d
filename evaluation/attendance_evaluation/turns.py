"""How the head-turn challenge does: people who turn, photos that are waved, people and photos that do neither.

No video is at hand. Turns are photos of one person at different poses, taken on different days; waving is drawn.
"""

import csv
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from attendance_contract.models import Challenge
from attendance_evaluation.passive import Share, share
from attendance_evaluation.photos import LabelledPhoto
from attendance_evaluation.vectors import central_face
from attendance_evaluation.waving import Motion, Paper, wave
from attendance_ml.faces import Calibration, FaceEngine, FacesError, Photo, decode_image
from attendance_ml.faces.sequence import Frame, judge_frames, read_frame

ASKED = (Challenge.TURN_LEFT, Challenge.TURN_RIGHT)
FRONTAL, SIDEWAYS = 12.0, 35.0
"""Degrees of estimated yaw: where a turn made of photos starts at most, and how far it goes at least."""

WAYS = (
    (Paper.FLAT, Motion.SWUNG),
    (Paper.FLAT, Motion.WANDERING),
    (Paper.FLAT, Motion.IN_ITS_PLANE),
    (Paper.BENT, Motion.SWUNG),
    (Paper.FOLDED, Motion.SWUNG),
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How many sequences passed, and why the others did not: a sequence may have several reasons."""

    passed: Share
    reasons: dict[str, int]


@dataclass(frozen=True, slots=True)
class Judge:
    """What the service judges with."""

    engine: FaceEngine
    calibration: Calibration

    def read(self, photo: Photo) -> Frame | None:
        """The frame; None where the service would refuse it."""
        try:
            return read_frame(self.engine, None, photo)
        except FacesError:
            return None

    def reasons(self, frames: Sequence[Frame | None], asked: Challenge) -> tuple[str, ...]:
        """Why the sequence did not pass; empty when it did."""
        seen = [frame for frame in frames if frame is not None]
        if len(seen) < len(frames):
            return ("a frame without one large face",)
        return judge_frames(seen, asked, self.calibration, None).reasons


def turning_people(photos: Sequence[LabelledPhoto], judge: Judge) -> Outcome:
    """People with a photo from the front and others ever further turned to a side, asked to turn to that side."""
    tried = []
    for person, own in _by_person(photos).items():
        frames = _frames_of_people(own, judge)
        for asked, side in zip(ASKED, (1, -1), strict=True):
            turn = _turn_among(frames, side)
            if turn:
                tried.append((person, judge.reasons(turn, asked)))
    return _outcome(tried)


def waved_photos(photos: Sequence[LabelledPhoto], judge: Judge, most: int) -> dict[str, Outcome]:
    """Frontal photos of so many people, waved in every way; one passes if it would have passed for either turn."""
    random = np.random.default_rng(0)
    chosen = list(islice(_frontal_photos(photos, judge), most))
    outcomes = {}
    for paper, motion in WAYS:
        tried = []
        for person, photo, centre in chosen:
            frames = [judge.read(frame) for frame in wave(photo, centre, paper, motion, random)]
            tried.append((person, _either(judge, frames)))
        outcomes[f"{paper} paper, {motion}"] = _outcome(tried)
    return outcomes


def webcam_sequences(data: Path, judge: Judge) -> dict[str, Outcome]:
    """Real frames of live people who were not asked to turn, and of photos held, moved and bent by hand.

    All frames of a person are put in the order that looks most like a turn, to either side.
    """
    with (data / "labels.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    outcomes = {}
    for label in ("live", "spoof"):
        tried = []
        for person in sorted({row["subject"] for row in rows}):
            own = [row["image"] for row in rows if (row["label"], row["subject"]) == (label, person)]
            frames = [frame for name in own if (frame := judge.read(decode_image((data / name).read_bytes())))]
            for asked, side in zip(ASKED, (1, -1), strict=True):
                ordered = sorted(frames, key=lambda frame: side * frame.face.quality.pose.yaw)
                start = next(i for i, frame in enumerate(ordered) if abs(frame.face.quality.pose.yaw) <= FRONTAL)
                tried.append((person, judge.reasons(ordered[start:][-20:], asked)))
        outcomes[label] = _outcome(tried)
    return outcomes


def _by_person(photos: Sequence[LabelledPhoto]) -> dict[str, list[LabelledPhoto]]:
    grouped: dict[str, list[LabelledPhoto]] = defaultdict(list)
    for photo in photos:
        grouped[photo.person].append(photo)
    return dict(grouped)


def _frames_of_people(own: Sequence[LabelledPhoto], judge: Judge) -> list[Frame]:
    if len(own) < 3:  # noqa: PLR2004  # a start, a way and an end
        return []
    read = (judge.read(decode_image(labelled.path.read_bytes())) for labelled in own)
    return [frame for frame in read if frame]


def _turn_among(frames: Sequence[Frame], side: int) -> list[Frame]:
    """Frames from the front on, ever further to the side; none where they don't go far."""
    yaws = {id(frame): side * frame.face.quality.pose.yaw for frame in frames}
    ordered = sorted(frames, key=lambda frame: yaws[id(frame)])
    starts = [index for index, frame in enumerate(ordered) if abs(yaws[id(frame)]) <= FRONTAL]
    turn = ordered[starts[0] :] if starts else []
    far = len(turn) > 2 and yaws[id(turn[-1])] - yaws[id(turn[0])] >= SIDEWAYS  # noqa: PLR2004  # as above
    return turn if far else []


def _frontal_photos(photos: Sequence[LabelledPhoto], judge: Judge) -> Iterator[tuple[str, Photo, NDArray[np.float32]]]:
    """Of each person the first photo, where it is frontal, with the middle of its face."""
    for person, own in _by_person(photos).items():
        photo = decode_image(own[0].path.read_bytes())
        face = central_face(photo, judge.engine.detect(photo, min_face_size=12, min_face_area_ratio=0))
        if face and abs(face.quality.pose.yaw) <= FRONTAL:
            yield person, photo, face.landmarks.mean(axis=0)


def _either(judge: Judge, frames: Sequence[Frame | None]) -> tuple[str, ...]:
    """The reasons against the turn that was nearer to passing."""
    return min((judge.reasons(frames, asked) for asked in ASKED), key=len)


def _outcome(tried: Sequence[tuple[str, tuple[str, ...]]]) -> Outcome:
    reasons = Counter(reason for _, against in tried for reason in against)
    passed = share([not against for _, against in tried], [person for person, _ in tried])
    return Outcome(passed, dict(reasons.most_common()))
