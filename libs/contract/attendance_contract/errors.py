"""Error codes and the problem document that both services answer with (RFC 9457)."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, computed_field

PROBLEM_MEDIA_TYPE = "application/problem+json"


class ErrorCode(StrEnum):
    """Stable codes of the ML contract. A client branches on these, never on the text."""

    INVALID_REQUEST = "INVALID_REQUEST"
    INVALID_BASE64 = "INVALID_BASE64"
    INVALID_EMBEDDING = "INVALID_EMBEDDING"
    INVALID_API_KEY = "INVALID_API_KEY"
    NOT_FOUND = "NOT_FOUND"
    METHOD_NOT_ALLOWED = "METHOD_NOT_ALLOWED"
    GALLERY_NOT_FOUND = "GALLERY_NOT_FOUND"
    GALLERY_CONFLICT = "GALLERY_CONFLICT"
    MODEL_MISMATCH = "MODEL_MISMATCH"
    LIVENESS_OFF = "LIVENESS_OFF"
    IMAGE_TOO_LARGE = "IMAGE_TOO_LARGE"
    REQUEST_TOO_LARGE = "REQUEST_TOO_LARGE"
    INVALID_FORMAT = "INVALID_FORMAT"
    INVALID_DIMENSIONS = "INVALID_DIMENSIONS"
    INVALID_IMAGE = "INVALID_IMAGE"
    NO_FACE_FOUND = "NO_FACE_FOUND"
    MULTIPLE_FACES_FOUND = "MULTIPLE_FACES_FOUND"
    FACE_TOO_SMALL = "FACE_TOO_SMALL"
    LOW_QUALITY = "LOW_QUALITY"
    NOT_LIVE = "NOT_LIVE"
    OVERLOADED = "OVERLOADED"
    MODELS_NOT_READY = "MODELS_NOT_READY"
    DEADLINE_EXCEEDED = "DEADLINE_EXCEEDED"
    INTERNAL_ERROR = "INTERNAL_ERROR"


STATUS_OF: Mapping[ErrorCode, int] = {
    ErrorCode.INVALID_REQUEST: 400,
    ErrorCode.INVALID_BASE64: 400,
    ErrorCode.INVALID_EMBEDDING: 400,
    ErrorCode.INVALID_API_KEY: 401,
    ErrorCode.NOT_FOUND: 404,
    ErrorCode.GALLERY_NOT_FOUND: 404,
    ErrorCode.METHOD_NOT_ALLOWED: 405,
    ErrorCode.GALLERY_CONFLICT: 409,
    ErrorCode.MODEL_MISMATCH: 409,
    ErrorCode.LIVENESS_OFF: 409,
    ErrorCode.IMAGE_TOO_LARGE: 413,
    ErrorCode.REQUEST_TOO_LARGE: 413,
    ErrorCode.INVALID_FORMAT: 415,
    ErrorCode.INVALID_DIMENSIONS: 422,
    ErrorCode.INVALID_IMAGE: 422,
    ErrorCode.NO_FACE_FOUND: 422,
    ErrorCode.MULTIPLE_FACES_FOUND: 422,
    ErrorCode.FACE_TOO_SMALL: 422,
    ErrorCode.LOW_QUALITY: 422,
    ErrorCode.NOT_LIVE: 422,
    ErrorCode.INTERNAL_ERROR: 500,
    ErrorCode.OVERLOADED: 503,
    ErrorCode.MODELS_NOT_READY: 503,
    ErrorCode.DEADLINE_EXCEEDED: 504,
}
"""The HTTP status of each code."""


def title_of(code: str) -> str:
    """A code as a short title: `NO_FACE_FOUND` becomes `No face found`."""
    return code.replace("_", " ").capitalize()


class ProblemDetails(BaseModel):
    """What a person or program can act on: reasons, the field at fault, a limit and the value that broke it."""

    model_config = ConfigDict(extra="allow")

    reasons: list[str] | None = None
    field: str | None = None
    faces: int | None = None
    limit: float | None = None
    actual: float | None = None


class Problem(BaseModel):
    """The body of every answer that is not a success, as `application/problem+json`."""

    type: str
    title: str
    status: int
    detail: str
    error_code: str
    request_id: str | None = None
    details: ProblemDetails = Field(default_factory=ProblemDetails)


class MlProblem(Problem):
    """On `/api/ml` the planning documents' two fields are added: `success` and `error`, which repeats `detail`."""

    success: Literal[False] = False

    @computed_field  # type: ignore[prop-decorator]  # mypy has no notion of a decorated property
    @property
    def error(self) -> str:
        return self.detail


def problem_type(code: str) -> str:
    """The `type` of a problem: a URN, so that it stays true wherever the service is deployed."""
    return f"urn:smart-attendance:problem:{code.lower().replace('_', '-')}"
