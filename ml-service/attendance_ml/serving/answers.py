"""From the faces library's types to the contract's, and back."""

import base64
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from attendance_contract.models import (
    DetectedFace,
    DetectOptions,
    EncodeOptions,
    Landmarks,
    Liveness,
    Location,
    Point,
    Pose,
    Quality,
    UprightImage,
)
from attendance_contract.registry import ModelInfo, ModelState
from attendance_contract.vectors import EmbeddingFormat, VectorOut, encode_vector
from attendance_ml import faces
from attendance_ml.faces.embed import VECTOR_LENGTH
from attendance_ml.faces.liveness import PassiveLiveness
from attendance_ml.faces.models import Model
from attendance_ml.faces.sequence import passive_crops, passive_doubts, passive_score

OLD_ENGINE_OPTIONS = ("num_jitters", "model")
SIX_DIGITS = 6


def location_of(face: faces.DetectedFace) -> Location:
    left, top, right, bottom = face.box
    return Location(top=top, right=right, bottom=bottom, left=left)


def landmarks_of(face: faces.DetectedFace) -> Landmarks:
    left_eye, right_eye, nose, mouth_left, mouth_right = (
        Point(x=round(float(x), 2), y=round(float(y), 2)) for x, y in face.landmarks
    )
    return Landmarks(left_eye=left_eye, right_eye=right_eye, nose=nose, mouth_left=mouth_left, mouth_right=mouth_right)


def quality_of(face: faces.DetectedFace) -> Quality:
    quality, pose = face.quality, face.quality.pose
    return Quality(
        score=round(quality.score, 3),
        blur=round(quality.blur, 3),
        brightness=round(quality.brightness, 3),
        pose=Pose(yaw=round(pose.yaw, 1), pitch=round(pose.pitch, 1), roll=round(pose.roll, 1)),
        reasons=[reason.value for reason in quality.reasons],
        advice=list(quality.advice),
    )


def face_of(face: faces.DetectedFace) -> DetectedFace:
    return DetectedFace(
        location=location_of(face),
        landmarks=landmarks_of(face),
        face_area_ratio=round(face.area_ratio, SIX_DIGITS),
        detection_score=round(face.score, SIX_DIGITS),
        quality=quality_of(face),
    )


def liveness_of(passive: PassiveLiveness, photo: faces.Photo, face: faces.DetectedFace) -> Liveness:
    """What a single photo tells."""
    score = passive_score(passive, [passive_crops(passive, photo, face)])
    doubts = passive_doubts(score)
    return Liveness(score=None if score is None else round(score, 4), is_live=not doubts, reasons=doubts)


def vector_of(vector: NDArray[np.float32], form: EmbeddingFormat) -> VectorOut:
    values: list[float] = vector.tolist()
    return encode_vector(values) if form is EmbeddingFormat.BASE64 else values


def model_of(facts: faces.ModelFacts) -> ModelInfo:
    return ModelInfo.model_validate(facts, from_attributes=True)


def available_model_of(model: Model, state: ModelState, error: str | None) -> ModelInfo:
    """A model that makes vectors and is not loaded."""
    return ModelInfo(
        id=model.id,
        task="embed",
        version=model.version,
        licence=model.file.licence,
        sha256=model.file.sha256,
        vector_length=VECTOR_LENGTH,
        calibrations=list(faces.calibration_ids(model.id)),
        state=state,
        error=error,
    )


def chosen_model(options: EncodeOptions | DetectOptions) -> str | None:
    """The model that a call names; `hog` and `cnn` of the old engine are none."""
    return options.model if options.model and "@" in options.model else None


def ignored_options(options: EncodeOptions | DetectOptions) -> list[str]:
    """What was sent for the old engine."""
    ours = {"model"} if chosen_model(options) else set()
    return [name for name in OLD_ENGINE_OPTIONS if name in options.model_fields_set - ours]


def upright_image_of(photo: faces.Photo) -> UprightImage:
    """The photo for who can't show its format."""
    made = faces.encode_upright_jpeg(photo)
    return UprightImage(jpeg=base64.b64encode(made.content), width=made.width, height=made.height)


def metadata_of(photo: faces.Photo, started: float, model: str, ignored: Sequence[str] = ()) -> dict[str, Any]:
    """Fields of `Metadata`; `started` is a moment of `time.perf_counter()`."""
    return {
        "image_dimensions": (photo.width, photo.height),
        "processing_time_ms": round((time.perf_counter() - started) * 1000, 2),
        "model": model,
        "ignored": list(ignored),
    }
