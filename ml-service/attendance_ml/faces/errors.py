"""What can be wrong with a photo, a face or a vector: one tree, each class with its code of the contract.

A message says what to change, in words for a person; nothing here knows of HTTP.
"""

from typing import Any, ClassVar

from attendance_contract.errors import ErrorCode


class FacesError(Exception):
    """Anything this library refuses. `details` holds what a program can act on: limit, actual, faces, reasons."""

    code: ClassVar[ErrorCode]

    def __init__(self, message: str, **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.details: dict[str, Any] = details


class ImageTooLarge(FacesError):
    """More bytes than allowed."""

    code = ErrorCode.IMAGE_TOO_LARGE


class UnknownFormat(FacesError):
    """The first bytes are of no format that is read here."""

    code = ErrorCode.INVALID_FORMAT


class InvalidDimensions(FacesError):
    """Too many pixels, or too few."""

    code = ErrorCode.INVALID_DIMENSIONS


class InvalidImage(FacesError):
    """A known format that does not decode: truncated or corrupt."""

    code = ErrorCode.INVALID_IMAGE


class NoFaceFound(FacesError):
    """Nobody to be seen."""

    code = ErrorCode.NO_FACE_FOUND


class MultipleFacesFound(FacesError):
    """More than one person where one is expected; `faces` says how many."""

    code = ErrorCode.MULTIPLE_FACES_FOUND


class FaceTooSmall(FacesError):
    """The face is smaller than asked for; `actual` and `limit` say by how much."""

    code = ErrorCode.FACE_TOO_SMALL


class LowQuality(FacesError):
    """The face is there but can't be seen well enough; `reasons` say why."""

    code = ErrorCode.LOW_QUALITY


class InvalidEmbedding(FacesError):
    """Vectors of the wrong length, empty, or with numbers that are none."""

    code = ErrorCode.INVALID_EMBEDDING


class ModelMismatch(FacesError):
    """Vectors of a model that there is no calibration for, or of two models at once."""

    code = ErrorCode.MODEL_MISMATCH


class ModelUnusable(FacesError):
    """A model file loads but does not compute what it should on this machine."""

    code = ErrorCode.MODELS_NOT_READY
