"""Requests and answers of the ML service (port 8001), field by field as the contract names them."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Base64Bytes, BaseModel, ConfigDict, Field, model_validator

from attendance_contract.vectors import EmbeddingFormat, Vector, VectorOut

MAX_STUDENT_VECTORS = 5
"""A student has 1 to 5 vectors of one model."""

MAX_FIELDS = 100
"""No request has nearly so many. Each unknown field is an error of its own: two million in 27 MB took 28 s and 3 GB."""

MIN_FRAMES, MAX_FRAMES = 2, 20
"""How many frames of one person are judged together."""

DEFAULT_CONFIDENT = 0.50
DEFAULT_UNCERTAIN = 0.60

StudentId = Annotated[str, Field(min_length=1, max_length=128)]
ModelId = Annotated[str, Field(pattern=r"^[\w.-]+@[\w.-]+$", max_length=128, examples=["sface@2021dec"])]
GalleryId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{8,128}$")]
Distance = Annotated[float, Field(ge=0, le=1)]


class Wire(BaseModel):
    """What is received: an unknown field is an error, so that a misspelt option is never silently ignored."""

    model_config = ConfigDict(extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _few_fields(cls, received: object) -> object:
        if isinstance(received, dict) and len(received) > MAX_FIELDS:
            raise ValueError(f"more than {MAX_FIELDS} fields")
        return received


class Answer(BaseModel):
    """What is answered. Unknown fields are let through, so that a newer service can add some."""

    success: Literal[True] = True


class Location(BaseModel):
    """A box in pixels of the upright image; right and bottom are exclusive."""

    top: int
    right: int
    bottom: int
    left: int


class Point(BaseModel):
    x: float
    y: float


class Landmarks(BaseModel):
    """Five points in pixels of the upright image; left and right are the viewer's."""

    left_eye: Point
    right_eye: Point
    nose: Point
    mouth_left: Point
    mouth_right: Point


class Pose(BaseModel):
    """Estimated head turn in degrees, from landmarks only."""

    yaw: float
    pitch: float
    roll: float


class Quality(BaseModel):
    """How fit a face is for recognition: `score` 0..1, `blur` 0 sharp..1 blurred, `brightness` 0..1.

    `reasons` are codes of what lowers the score; `advice` says for each, in their order, what the person can do.
    """

    score: float = Field(ge=0, le=1)
    blur: float = Field(ge=0, le=1)
    brightness: float = Field(ge=0, le=1)
    pose: Pose
    occlusion: Literal["unknown"] = "unknown"
    reasons: list[str]
    advice: list[str] = Field(default_factory=list, examples=[["come closer", "turn to the camera"]])


class Metadata(BaseModel):
    image_dimensions: tuple[int, int]
    processing_time_ms: float
    model: ModelId
    ignored: list[str] = Field(default_factory=list)


class FoundMetadata(Metadata):
    faces_left_out: int = Field(0, description="how many more were found than are worked on; those are the largest")


class EncodeMetadata(Metadata):
    face_area_ratio: float


ModelChoice = Annotated[str | None, Field(description="`name@version` of a loaded model, else the current one")]
"""The old engine's `hog` and `cnn` are taken for no choice: accepted, ignored, reported."""


class EncodeOptions(Wire):
    """Options of encode-face. `num_jitters` belongs to the old engine: accepted, ignored, reported."""

    validate_single: bool = True
    min_face_size: int = Field(80, ge=1, le=10_000)
    min_face_area_ratio: float = Field(0.0, ge=0, le=1)
    check_liveness: bool = False
    embedding_format: EmbeddingFormat = EmbeddingFormat.FLOAT
    num_jitters: int | None = None
    model: ModelChoice = None


class EncodeFaceRequest(EncodeOptions):
    image_base64: str


class Liveness(BaseModel):
    """What a single frame tells: a hint, never enough to refuse somebody. `reasons` say what speaks against.

    `score` is 0 (a photo) to 1 (a live person), None where the face fills too much of the frame to be judged.
    """

    score: float | None = Field(ge=0, le=1)
    is_live: bool
    reasons: list[str]


class EncodeFaceAnswer(Answer):
    embedding: VectorOut
    face_location: Location
    landmarks: Landmarks
    quality: Quality
    liveness: Liveness | None = Field(None, description="when `check_liveness` was asked for")
    metadata: EncodeMetadata


class Challenge(StrEnum):
    """What the person was asked to do: left is the person's own left, in frames that are not mirrored."""

    NONE = "none"
    TURN_LEFT = "turn_left"
    TURN_RIGHT = "turn_right"


class LivenessOptions(Wire):
    challenge: Challenge = Challenge.NONE
    embedding_format: EmbeddingFormat = EmbeddingFormat.FLOAT
    model: ModelId | None = Field(None, description="a loaded model, that of the embedding; else the current one")


class LivenessRequest(LivenessOptions):
    """Frames of one person as base64, in the order they were taken."""

    frames: list[str] = Field(min_length=MIN_FRAMES, max_length=MAX_FRAMES, fail_fast=True)


class LivenessCheck(StrEnum):
    """What an answer rests on."""

    PASSIVE = "passive"
    HEAD_TURN = "head_turn"
    ONE_PERSON = "one_person"


class LivenessMetadata(BaseModel):
    frames: int
    processing_time_ms: float
    model: ModelId


class LivenessAnswer(Answer):
    """`score` is the mean of the passive scores, None where passive liveness is off or no frame could be judged.

    `reasons` tell what spoke against, also where it did not decide; `checked` what was looked at; `embedding` and
    `quality` are those of the best frame.
    """

    is_live: bool
    score: float | None = Field(ge=0, le=1)
    reasons: list[str]
    checked: list[LivenessCheck]
    best_frame: int = Field(description="index into the frames")
    embedding: VectorOut
    quality: Quality
    metadata: LivenessMetadata


class DetectOptions(Wire):
    min_face_size: int = Field(12, ge=1, le=10_000)
    min_face_area_ratio: float = Field(0.0, ge=0, le=1)
    with_embeddings: bool = True
    expected_faces: int | None = Field(None, ge=0, le=2_000)
    upright: bool = False
    embedding_format: EmbeddingFormat = EmbeddingFormat.FLOAT
    num_jitters: int | None = None
    model: ModelChoice = None


class DetectFacesRequest(DetectOptions):
    image_base64: str


class DetectedFace(BaseModel):
    location: Location
    landmarks: Landmarks
    face_area_ratio: float
    detection_score: float = Field(ge=0, le=1)
    quality: Quality


class EncodedFace(DetectedFace):
    embedding: VectorOut | None = None


class UprightImage(BaseModel):
    """The photo as it is meant to be seen: a JPEG of at most 2,048 pixels a side, without any notes of the camera.

    Locations and landmarks are in pixels of the full photo (`metadata.image_dimensions`), not of this one.
    """

    jpeg: Base64Bytes
    width: int
    height: int


class CropOptions(Wire):
    """A box in pixels of the upright image, right and bottom exclusive; what lies outside of the photo is left out."""

    top: int = Field(ge=0, le=100_000)
    right: int = Field(ge=0, le=100_000)
    bottom: int = Field(ge=0, le=100_000)
    left: int = Field(ge=0, le=100_000)


class CropRequest(CropOptions):
    image_base64: str


class CropAnswer(Answer):
    """What lies in the box, as a JPEG of at most 256 pixels a side."""

    jpeg: Base64Bytes
    width: int
    height: int


class DetectFacesAnswer(Answer):
    faces: list[EncodedFace]
    count: int
    metadata: FoundMetadata
    upright_image: UprightImage | None = Field(None, description="when `upright` was asked for")


class Candidate(Wire):
    """One student's vectors, all of one model."""

    student_id: StudentId
    embeddings: list[Vector] = Field(min_length=1, max_length=MAX_STUDENT_VECTORS)


Candidates = Annotated[list[Candidate], Field(max_length=100_000, fail_fast=True)]


class Thresholds(BaseModel):
    """Calibrated distances that were applied; `tightened_by` says by how much the roster's own check lowered them."""

    confident: Distance
    uncertain: Distance
    lookalike_margin: float = Field(ge=0, le=1)
    tightened_by: float = Field(0.0, ge=0, le=1)


class MatchFacesRequest(Wire):
    query_embedding: Vector
    candidate_embeddings: Candidates
    threshold: Distance = DEFAULT_UNCERTAIN
    confident_threshold: Distance = DEFAULT_CONFIDENT
    return_all_distances: bool = False
    model: ModelId | None = None

    @model_validator(mode="after")
    def _ordered(self) -> "MatchFacesRequest":
        check_order(self.confident_threshold, self.threshold)
        return self


class MatchStatus(StrEnum):
    CONFIDENT = "confident"
    UNCERTAIN = "uncertain"
    NO_MATCH = "no_match"


class Match(BaseModel):
    student_id: str | None
    distance: Distance | None
    similarity: float | None
    confidence: float = Field(ge=0, le=1)
    status: MatchStatus


class StudentDistance(BaseModel):
    student_id: str
    distance: Distance
    similarity: float


class MatchFacesAnswer(Answer):
    match: Match
    all_distances: list[StudentDistance] | None = None
    thresholds: Thresholds
    calibration: str
    model: ModelId


class DetectedEmbedding(Wire):
    embedding: Vector


class BatchMatchRequest(Wire):
    detected_faces: list[DetectedEmbedding] = Field(max_length=2_000, fail_fast=True)
    candidate_embeddings: Candidates | None = None
    gallery_id: GalleryId | None = None
    confident_threshold: Distance = DEFAULT_CONFIDENT
    uncertain_threshold: Distance = DEFAULT_UNCERTAIN
    model: ModelId | None = None

    @model_validator(mode="after")
    def _one_gallery(self) -> "BatchMatchRequest":
        if (self.candidate_embeddings is None) == (self.gallery_id is None):
            raise ValueError("send either candidate_embeddings or gallery_id")
        check_order(self.confident_threshold, self.uncertain_threshold)
        return self


class FaceStatus(StrEnum):
    PRESENT = "present"
    UNCERTAIN = "uncertain"
    UNKNOWN = "unknown"


class FaceMatch(BaseModel):
    """One face's answer. `margin` is the second-best student's distance minus the best one's."""

    face_index: int
    student_id: str | None
    distance: Distance | None
    similarity: float | None
    margin: float | None
    status: FaceStatus


class BatchMatchAnswer(Answer):
    matches: list[FaceMatch]
    thresholds: Thresholds
    calibration: str
    model: ModelId


class GalleryRequest(Wire):
    model: ModelId
    students: Candidates


class LookalikePair(BaseModel):
    student_ids: tuple[str, str]
    distance: Distance


class Impostors(BaseModel):
    """What comparisons between the roster's students show, who are known to be different people.

    `lookalikes` are on average nearer than the uncertain threshold; those nearer than the confident one may be one
    person: both are left out of the counts. Thresholds would have to fall by `tightening_wanted` to keep their promise
    in this roster.
    """

    pairs: int
    below_confident: int
    below_uncertain: int
    lookalikes: list[LookalikePair]
    tightening_wanted: float = Field(0.0, ge=0, le=1)


class GalleryAnswer(Answer):
    gallery_id: GalleryId
    size: int
    model: ModelId
    expires_in: int = Field(description="seconds")
    impostors: Impostors
    thresholds: Thresholds = Field(description="what is applied to this roster where a call asks for the usual ones")


class RecognizeOptions(Wire):
    gallery_id: GalleryId | None = None
    confident_threshold: Distance = DEFAULT_CONFIDENT
    uncertain_threshold: Distance = DEFAULT_UNCERTAIN
    min_face_size: int = Field(12, ge=1, le=10_000)
    min_face_area_ratio: float = Field(0.0, ge=0, le=1)
    expected_faces: int | None = Field(None, ge=0, le=2_000)
    upright: bool = False
    model: ModelId | None = Field(None, description="a loaded model, that of the gallery; else the current one")

    @model_validator(mode="after")
    def _ordered(self) -> "RecognizeOptions":
        check_order(self.confident_threshold, self.uncertain_threshold)
        return self


class RecognizeRequest(RecognizeOptions):
    image_base64: str
    gallery: GalleryRequest | None = None


class RecognizedFace(DetectedFace):
    match: FaceMatch


class RecognizeAnswer(Answer):
    """The faces of a photo in their order, each student at most once; who is unknown has no student."""

    faces: list[RecognizedFace]
    count: int
    thresholds: Thresholds
    calibration: str
    gallery_id: GalleryId
    metadata: FoundMetadata
    upright_image: UprightImage | None = Field(None, description="when `upright` was asked for")

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> "RecognizeAnswer":
        matches = [face.match for face in self.faces]
        named = [match.student_id for match in matches if match.student_id is not None]
        if [match.face_index for match in matches] != list(range(self.count)):
            raise ValueError("faces, their count and their indexes differ")
        if len(set(named)) != len(named):
            raise ValueError("a student is on one photo twice")
        if any((match.student_id is None) is not (match.status is FaceStatus.UNKNOWN) for match in matches):
            raise ValueError("whoever is known has a student, nobody else")
        return self


def check_order(confident: float, uncertain: float) -> None:
    """Raises ValueError unless the confident threshold is at most the uncertain one."""
    if confident > uncertain:
        raise ValueError("the confident threshold must not be above the uncertain one")
