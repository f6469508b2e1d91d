"""What the backend asks of the ML service, and how it can fail. Vectors stay in the wire's base64: nobody computes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from attendance_contract.errors import ErrorCode
from attendance_contract.models import (
    Challenge,
    EncodeFaceAnswer,
    GalleryAnswer,
    Liveness,
    LivenessAnswer,
    Location,
    MatchFacesAnswer,
    RecognizeAnswer,
)
from attendance_contract.registry import ModelInfo
from attendance_kit.errors import ServiceError


@dataclass(frozen=True)
class EnrolledFace:
    """One student's vectors, each base64 of little-endian float32."""

    student_id: str
    vectors: Sequence[str]


@dataclass(frozen=True)
class Gallery:
    """The enrolled faces of one roster, all of one model. `id` is a digest of what it holds."""

    id: str
    model: str
    students: Sequence[EnrolledFace]


class FaceEngine(Protocol):
    """`wait` is in seconds and bounds a call with all its retries; None is the configured time. `model` is the one that
    makes the vectors, as `name@version`; None is the ML service's own current one.

    Every call raises MlUnavailable or MlAnswerInvalid; those with a photo raise PhotoRefused as well.
    """

    def admits(self) -> bool:
        """Whether a call would be made now; else it is refused at once, since those before it failed."""

    async def model(self, wait: float | None = None) -> str:
        """The ML service's own current model, which makes vectors where a call names none."""

    async def models(self) -> Sequence[ModelInfo]:
        """The models that make vectors and are there, in use or not."""

    async def load(self, model: str) -> None:
        """Have a model loaded wherever photos may go, and kept so; one that is loaded stays as it is.

        Raises:
            ModelUnknown: it is not there.
        """

    async def encode_face(
        self, photo: bytes, wait: float | None = None, *, model: str | None = None
    ) -> EncodeFaceAnswer:
        """The one face of a photo as a vector."""

    async def liveness(self, photo: bytes, wait: float | None = None) -> Liveness | None:
        """What a photo of one person tells of its being no photo of a photo. None: nobody can tell there."""

    async def match_face(self, probe: str, enrolled: EnrolledFace, model: str) -> MatchFacesAnswer:
        """How close a vector is to one student's own vectors."""

    async def match_many(self, probe: str, enrolled: Sequence[EnrolledFace], model: str) -> MatchFacesAnswer:
        """How close a vector is to each of several students; `all_distances` tells all of them."""

    async def turned(
        self, frames: Sequence[bytes], turn: Challenge, wait: float | None = None, *, model: str | None = None
    ) -> LivenessAnswer:
        """Whether frames, in their order, show one live person who turned their head as asked."""

    async def examine(self, gallery: Gallery) -> GalleryAnswer:
        """What comparisons between the students of a gallery show. The ML service is not to go on holding it."""

    async def recognize(
        self, photo: bytes, gallery_id: str, model: str, wait: float | None = None, *, upright: bool = False
    ) -> RecognizeAnswer:
        """The faces of a photo matched with a gallery that was sent before; with `upright` its upright image too.

        `model` is that of the gallery's vectors.

        Raises:
            GalleryUnknownError: it was not, or is forgotten: send it along with `recognize_with`.
        """

    async def recognize_with(
        self, photo: bytes, gallery: Gallery, wait: float | None = None, *, upright: bool = False
    ) -> RecognizeAnswer:
        """The faces of a photo matched with a gallery that is sent along; with `upright` its upright image too."""

    async def crop(self, photo: bytes, box: Location, wait: float | None = None) -> bytes:
        """What lies in a box of a photo, as a small JPEG."""

    async def forget_gallery(self, gallery_id: str, wait: float | None = None) -> None:
        """Have the ML service forget a gallery, whether it holds it or not."""


class GalleryUnknownError(Exception):
    """The ML service does not hold the gallery any more."""


class MlUnavailable(ServiceError):
    status, code, title = 503, "ML_UNAVAILABLE", "Face recognition is out of reach"
    was_asked = True
    """False: it is left alone just now, and nothing was sent to it."""


class MlAnswerInvalid(ServiceError):
    status, code, title = 502, "ML_ANSWER_INVALID", "Face recognition gave an answer that is not in the contract"


class ModelUnknown(ServiceError):
    status, code, title = 422, "MODEL_UNKNOWN", "The ML service has no such model that could be compared with"


class PhotoRefused(ServiceError):
    """A photo that a person has to replace; trying again with the same one changes nothing."""

    status, code, title = 422, ErrorCode.INVALID_IMAGE, "The photo can't be used"


class ImageTooLarge(PhotoRefused):
    status, code, title = 413, ErrorCode.IMAGE_TOO_LARGE, "The photo has too many bytes"


class InvalidFormat(PhotoRefused):
    status, code, title = 415, ErrorCode.INVALID_FORMAT, "This is no image of a known format"


class InvalidDimensions(PhotoRefused):
    status, code, title = 422, ErrorCode.INVALID_DIMENSIONS, "The photo has too many or too few pixels"


class InvalidImage(PhotoRefused):
    status, code, title = 422, ErrorCode.INVALID_IMAGE, "The photo is damaged"


class NoFaceFound(PhotoRefused):
    status, code, title = 422, ErrorCode.NO_FACE_FOUND, "There is no face on the photo"


class MultipleFacesFound(PhotoRefused):
    status, code, title = 422, ErrorCode.MULTIPLE_FACES_FOUND, "There is more than one face on the photo"


class FaceTooSmall(PhotoRefused):
    status, code, title = 422, ErrorCode.FACE_TOO_SMALL, "The face on the photo is too small"


class LowQuality(PhotoRefused):
    status, code, title = 422, ErrorCode.LOW_QUALITY, "The face can't be seen well enough"


class NotLive(PhotoRefused):
    status, code, title = 422, ErrorCode.NOT_LIVE, "The face does not seem to be a live one"


REFUSALS: dict[str, type[PhotoRefused]] = {refusal.code: refusal for refusal in PhotoRefused.__subclasses__()}
"""Refusals by the code the ML service answers with."""
