"""Frames of one person, judged together: passive liveness, the challenge, and whether it is one person throughout.

Doubt is told with its reasons; refusing somebody is left to the caller.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from attendance_contract.models import Challenge
from attendance_ml.faces.calibration import Calibration, Way
from attendance_ml.faces.challenge import judge_turn
from attendance_ml.faces.decode import Photo
from attendance_ml.faces.engine import DetectedFace, FaceEngine
from attendance_ml.faces.liveness import LIVE, PassiveLiveness, has_surroundings

SAME_PERSON = 0.60
"""Calibrated distance within which the frames are one person's: at most 1 in 1,000 different people lie there. Of the
pairs of photos in `lfw-view1` of one person, of different days and turned apart by 30 to 50 degrees, 98 in 100 do; all
pairs of one sitting in `spoof-nuaa-train` do by far."""

FRAME_FACE_SIZE = 80
"""Pixels: what enrolment asks for too."""


class Doubt(StrEnum):
    """What speaks against a live person, besides the challenge's reasons."""

    LOOKS_LIKE_A_PHOTO = "looks_like_a_photo"
    TOO_CLOSE_TO_JUDGE = "too_close_to_judge"
    NOT_ONE_PERSON = "not_one_person"


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One frame's face with its vector (D,), and what the passive networks look at: None when they can't judge it."""

    face: DetectedFace
    vector: NDArray[np.float32]
    crops: NDArray[np.uint8] | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """`score` is the passive mean over the frames, None where none could be scored; `best` the index of the frame with
    the best face.
    """

    is_live: bool
    score: float | None
    reasons: tuple[str, ...]
    best: int


def read_frame(engine: FaceEngine, passive: PassiveLiveness | None, photo: Photo) -> Frame:
    """The one face of a frame.

    Raises:
        NoFaceFound: nobody is there.
        MultipleFacesFound: somebody else is there too.
        FaceTooSmall: the face is smaller than `FRAME_FACE_SIZE`.
    """
    face = engine.detect_single(photo, validate_single=True, min_face_size=FRAME_FACE_SIZE, min_face_area_ratio=0)
    (vector,) = engine.embed(photo, [face], flip=True)
    return Frame(face, vector, passive_crops(passive, photo, face))


def passive_crops(passive: PassiveLiveness | None, photo: Photo, face: DetectedFace) -> NDArray[np.uint8] | None:
    """What the passive networks look at, or None where there are none or the face leaves no surroundings."""
    if passive is None or not has_surroundings(face.box, photo.width):
        return None
    return passive.crop(photo.pixels, face.box)


def passive_score(passive: PassiveLiveness | None, crops: Sequence[NDArray[np.uint8] | None]) -> float | None:
    """The mean score of those frames that can be judged; None when there is none."""
    judged = [each for each in crops if each is not None]
    return float(passive.score(np.stack(judged)).mean()) if passive and judged else None


def passive_doubts(score: float | None) -> list[str]:
    """What a passive score speaks against; without one the face was too close."""
    if score is None:
        return [Doubt.TOO_CLOSE_TO_JUDGE]
    return [] if score >= LIVE else [Doubt.LOOKS_LIKE_A_PHOTO]


def judge_frames(
    frames: Sequence[Frame], asked: Challenge, calibration: Calibration, passive: PassiveLiveness | None
) -> Verdict:
    """The frames of one person, in order.

    With a challenge, the turn and the one person decide, and the passive score is told beside them: whoever the
    networks take for a photo, wrongly, is not locked out. Without one, the passive score decides.
    """
    score = passive_score(passive, [frame.crops for frame in frames])
    against: list[str] = [] if is_one_person(frames, calibration) else [Doubt.NOT_ONE_PERSON]
    against += judge_turn(np.array([frame.face.landmarks for frame in frames]), asked)
    doubts = passive_doubts(score) if passive else []
    is_live = not against and (asked is not Challenge.NONE or (passive is not None and not doubts))
    best = max(range(len(frames)), key=lambda index: frames[index].face.quality.score)
    return Verdict(is_live, score, tuple(map(str, (*against, *doubts))), best)


def is_one_person(frames: Sequence[Frame], calibration: Calibration) -> bool:
    """Whether each frame's vector is near that of the best frame, and of the frame before it."""
    vectors = np.stack([frame.vector for frame in frames])
    best = max(frames, key=lambda frame: frame.face.quality.score).vector
    cosines = np.concatenate([vectors @ best, (vectors[1:] * vectors[:-1]).sum(axis=1)])
    return bool((calibration.curves[Way.SINGLE].distance(cosines) <= SAME_PERSON).all())
