"""The client of the ML service: what the backend asks of it, answers checked against the contract.

It holds no vector and no photo longer than a call, and turns every failure into one of `ports.faces`.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx2
import structlog
from prometheus_client import CollectorRegistry
from pydantic import ValidationError

from attendance_backend.adapters.ml_calls import BUSY, PAUSES, Call, Compartment, MlCalls, Waiting, problem_of
from attendance_backend.ports.faces import (
    REFUSALS,
    EnrolledFace,
    Gallery,
    GalleryUnknownError,
    MlAnswerInvalid,
    MlUnavailable,
    ModelUnknown,
)
from attendance_contract.errors import ErrorCode, ProblemDetails
from attendance_contract.models import (
    Answer,
    Challenge,
    CropAnswer,
    EncodeFaceAnswer,
    GalleryAnswer,
    Liveness,
    LivenessAnswer,
    Location,
    MatchFacesAnswer,
    RecognizeAnswer,
)
from attendance_contract.registry import ModelAnswer, ModelInfo, ModelsAnswer, ModelState

A = TypeVar("A", bound=Answer)
NOT_OURS = frozenset([401, 403])
OCTETS = "application/octet-stream"
UPRIGHT = "upright"
log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True)
class MlAddress:
    """Where the ML service is, at one address or several, and how long to wait; thresholds are calibrated distances."""

    urls: Sequence[str]
    api_key: str
    timeout_seconds: float
    try_timeout_seconds: float
    rest_seconds: float
    confident_threshold: float
    uncertain_threshold: float

    @property
    def waiting(self) -> Waiting:
        return Waiting(self.timeout_seconds, self.try_timeout_seconds, self.rest_seconds)


class _LivenessOffError(Exception):
    """The ML service has no networks that could tell."""


WAYS_ON: Mapping[str, type[Exception]] = {
    ErrorCode.GALLERY_NOT_FOUND: GalleryUnknownError,
    ErrorCode.LIVENESS_OFF: _LivenessOffError,
}
"""Refusals after which something else can be done, by the code they come with."""


class MlClient:
    """A `FaceEngine` over HTTP. Use it as a context: leaving it closes its connections."""

    def __init__(
        self, address: MlAddress, pauses: tuple[float, ...] = PAUSES, registry: CollectorRegistry | None = None
    ) -> None:
        self._address = address
        self._model: str | None = None
        self._calls = MlCalls(address.urls, address.api_key, address.waiting, pauses, registry or CollectorRegistry())

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._calls.close()

    async def is_reachable(self) -> bool:
        """Whether the service says, at one address at least, that it is ready."""
        return await self._calls.any_ready()

    def admits(self) -> bool:
        return self._calls.admits()

    async def model(self, wait: float | None = None) -> str:
        if self._model is None:
            models = await self._models(wait)
            self._model = next((model.id for model in models if model.state is ModelState.CURRENT), None)
        if self._model is None:
            raise MlAnswerInvalid("The ML service names no model that makes vectors.")
        return self._model

    async def models(self) -> list[ModelInfo]:
        return await self._models(None)

    async def _models(self, wait: float | None) -> list[ModelInfo]:
        answer = await self._ask(Call("GET", "/api/ml/models", Compartment.VECTORS), ModelsAnswer, wait)
        return [model for model in answer.models if model.task == "embed"]

    async def load(self, model: str) -> None:
        """Asked of every address for itself: one that is current there stays it, since nothing is asked for then."""
        request = {"json": {"state": ModelState.LOADED.value}}
        call = Call("PUT", f"/api/ml/models/{model}/state", Compartment.VECTORS, request=request)

        def read(response: httpx2.Response) -> ModelAnswer:
            problem = problem_of(response)
            if problem and problem.error_code == ErrorCode.NOT_FOUND:
                raise ModelUnknown(problem.detail)
            return self._read(response, ModelAnswer)

        await self._calls.ask_all(call, read)

    async def encode_face(
        self, photo: bytes, wait: float | None = None, *, model: str | None = None
    ) -> EncodeFaceAnswer:
        answer = await self._encode(photo, wait, **_named(model))
        _check_model(model, answer.metadata.model)
        return answer

    async def liveness(self, photo: bytes, wait: float | None = None) -> Liveness | None:
        try:
            return (await self._encode(photo, wait, check_liveness="true")).liveness
        except _LivenessOffError:
            return None

    async def _encode(self, photo: bytes, wait: float | None, **options: str) -> EncodeFaceAnswer:
        request = {"params": {"embedding_format": "base64", **options}, **_octets(photo)}
        answer = await self._ask(
            Call("POST", "/api/ml/encode-face", Compartment.FACES, request=request, photo=photo), EncodeFaceAnswer, wait
        )
        if "model" not in options:
            self._model = answer.metadata.model
        return answer

    async def match_face(self, probe: str, enrolled: EnrolledFace, model: str) -> MatchFacesAnswer:
        return await self._match(probe, [enrolled], model)

    async def match_many(self, probe: str, enrolled: Sequence[EnrolledFace], model: str) -> MatchFacesAnswer:
        return await self._match(probe, enrolled, model, return_all_distances=True)

    async def _match(
        self, probe: str, enrolled: Sequence[EnrolledFace], model: str, **options: bool
    ) -> MatchFacesAnswer:
        asked = {
            "query_embedding": probe,
            "candidate_embeddings": [_candidate(face) for face in enrolled],
            "threshold": self._address.uncertain_threshold,
            "confident_threshold": self._address.confident_threshold,
            "model": model,
            **options,
        }
        call = Call("POST", "/api/ml/match-faces", Compartment.VECTORS, request={"json": asked})
        return await self._ask(call, MatchFacesAnswer, None)

    async def examine(self, gallery: Gallery) -> GalleryAnswer:
        call = Call(
            "PUT", f"/api/ml/galleries/{gallery.id}", Compartment.VECTORS, gallery.id, {"json": _gallery(gallery)}
        )
        answer = await self._ask(call, GalleryAnswer, None)
        await self.forget_gallery(gallery.id)
        return answer

    async def turned(
        self, frames: Sequence[bytes], turn: Challenge, wait: float | None = None, *, model: str | None = None
    ) -> LivenessAnswer:
        sent = [("frames", (str(index), frame, OCTETS)) for index, frame in enumerate(frames)]
        form = {"challenge": turn.value, "embedding_format": "base64", **_named(model)}
        call = Call("POST", "/api/ml/liveness", Compartment.FACES, request={"data": form, "files": sent})
        answer = await self._ask(call, LivenessAnswer, wait)
        _check_model(model, answer.metadata.model)
        return answer

    async def recognize(
        self, photo: bytes, gallery_id: str, model: str, wait: float | None = None, *, upright: bool = False
    ) -> RecognizeAnswer:
        options = self._options(gallery_id, model, upright=upright)
        return await self._recognize(options, {"params": options, **_octets(photo)}, photo, wait)

    async def recognize_with(
        self, photo: bytes, gallery: Gallery, wait: float | None = None, *, upright: bool = False
    ) -> RecognizeAnswer:
        options = self._options(gallery.id, gallery.model, upright=upright)
        form = {**options, "gallery": json.dumps(_gallery(gallery))}
        request = {"data": form, "files": {"image": ("photo", photo, OCTETS)}}
        return await self._recognize(options, request, photo, wait)

    async def crop(self, photo: bytes, box: Location, wait: float | None = None) -> bytes:
        request = {"params": box.model_dump(), **_octets(photo)}
        call = Call("POST", "/api/ml/crop", Compartment.FACES, request=request)
        return (await self._ask(call, CropAnswer, wait)).jpeg

    async def forget_gallery(self, gallery_id: str, wait: float | None = None) -> None:
        call = Call("DELETE", f"/api/ml/galleries/{gallery_id}", Compartment.VECTORS)
        await self._calls.ask_all(call, self._accepted, wait)

    async def _recognize(
        self, options: Mapping[str, str], request: Mapping[str, Any], photo: bytes, wait: float | None
    ) -> RecognizeAnswer:
        """Photos of one roster go to the address that holds its gallery already, if it is not busier than others."""

        def read(response: httpx2.Response) -> RecognizeAnswer:
            answer = self._read(response, RecognizeAnswer)
            if UPRIGHT in options and answer.upright_image is None:
                raise MlAnswerInvalid("The ML service left out the upright image.")
            _check_model(options["model"], answer.metadata.model)
            return answer

        call = Call("POST", "/api/ml/recognize", Compartment.PHOTOS, options["gallery_id"], request, photo)
        return await self._calls.ask(call, read, wait)

    def _options(self, gallery_id: str, model: str, *, upright: bool) -> dict[str, str]:
        return {
            "confident_threshold": str(self._address.confident_threshold),
            "uncertain_threshold": str(self._address.uncertain_threshold),
            "gallery_id": gallery_id,
            "model": model,
            **({UPRIGHT: "true"} if upright else {}),
        }

    async def _ask(self, call: Call, answer: type[A], wait: float | None) -> A:
        return await self._calls.ask(call, lambda response: self._read(response, answer), wait)

    def _read(self, response: httpx2.Response, answer: type[A]) -> A:
        return _checked(self._accepted(response), answer)

    def _accepted(self, response: httpx2.Response) -> httpx2.Response:
        if not response.is_success:
            raise self._failure(response)
        return response

    def _failure(self, response: httpx2.Response) -> Exception:
        problem = problem_of(response)
        code = problem.error_code if problem else None
        if way_on := WAYS_ON.get(code or ""):
            return way_on()
        if code == ErrorCode.MODEL_MISMATCH:
            self._model = None
            return MlUnavailable("Face recognition has not loaded the model that it was asked for.")
        if problem and (refusal := REFUSALS.get(problem.error_code)):
            told = problem.details.model_dump(include=set(ProblemDetails.model_fields), exclude_none=True)
            return refusal(problem.detail, **told)
        log.error("ml_refused", status=response.status_code, error_code=code)
        if response.status_code in BUSY:
            return MlUnavailable("Face recognition took too long.")
        if response.status_code in NOT_OURS:
            return MlUnavailable("Face recognition does not take our key.")
        return MlAnswerInvalid(f"The ML service answered {response.status_code} {code or 'without a code'}.")


def _named(model: str | None) -> dict[str, str]:
    return {"model": model} if model else {}


def _check_model(asked: str | None, answered: str) -> None:
    if asked not in {None, answered}:
        raise MlAnswerInvalid("The ML service worked with another model than it was asked for.")


def _gallery(gallery: Gallery) -> dict[str, object]:
    return {"model": gallery.model, "students": [_candidate(student) for student in gallery.students]}


def _candidate(face: EnrolledFace) -> dict[str, object]:
    return {"student_id": face.student_id, "embeddings": list(face.vectors)}


def _octets(photo: bytes) -> dict[str, Any]:
    return {"content": photo, "headers": {"Content-Type": OCTETS}}


def _checked(response: httpx2.Response, answer: type[A]) -> A:
    """The answer as the contract has it; what failed is told by place only, since values may be vectors."""
    try:
        return answer.model_validate_json(response.content)
    except ValidationError as error:
        places = sorted({".".join(map(str, failure["loc"])) for failure in error.errors(include_input=False)})
        log.exception("ml_answer_invalid", answer=answer.__name__, places=places[:5])
        raise MlAnswerInvalid(f"The ML service's answer is no {answer.__name__}.") from None
