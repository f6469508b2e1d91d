"""The client of the ML service: one pooled connection set, deadlines on everything, modest retries, answers checked.

It holds no vector and no photo longer than a call, and turns every failure into one of `ports.faces`.
"""

import asyncio
import json
import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx2
import structlog
from pydantic import ValidationError

from attendance_backend.ports.faces import (
    REFUSALS,
    EnrolledFace,
    Gallery,
    GalleryUnknownError,
    MlAnswerInvalid,
    MlUnavailable,
    ModelMismatch,
)
from attendance_contract.errors import ErrorCode, Problem, ProblemDetails
from attendance_contract.headers import API_KEY, REQUEST_TIMEOUT_MS
from attendance_contract.models import (
    Answer,
    CropAnswer,
    EncodeFaceAnswer,
    Liveness,
    Location,
    MatchFacesAnswer,
    ModelInfo,
    ModelsAnswer,
    ModelState,
    RecognizeAnswer,
)
from attendance_kit.correlation import outgoing_headers

A = TypeVar("A", bound=Answer)
PAUSES = (1.0, 2.0, 4.0)
"""Seconds before the first, second and third retry, as the contract has them."""
JITTER = 0.25
BUSY = frozenset([502, 503, 504])
NOT_OURS = frozenset([401, 403])
OCTETS = "application/octet-stream"
UPRIGHT = "upright"
log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True)
class MlAddress:
    """Where the ML service is and how long to wait for it; thresholds are calibrated distances."""

    url: str
    api_key: str
    timeout_seconds: float
    try_timeout_seconds: float
    confident_threshold: float
    uncertain_threshold: float


class _TryAgainError(Exception):
    """A try that may go better next time, after at least `pause` seconds when the service said so."""

    def __init__(self, why: str, pause: float = 0.0) -> None:
        super().__init__(why)
        self.pause = pause


class _LivenessOffError(Exception):
    """The ML service has no networks that could tell."""


WAYS_ON: Mapping[str, type[Exception]] = {
    ErrorCode.GALLERY_NOT_FOUND: GalleryUnknownError,
    ErrorCode.LIVENESS_OFF: _LivenessOffError,
}
"""Refusals after which something else can be done, by the code they come with."""


class MlClient:
    """A `FaceEngine` over HTTP. Use it as a context: leaving it closes its connections."""

    def __init__(self, address: MlAddress, pauses: tuple[float, ...] = PAUSES) -> None:
        self._address = address
        self._pauses = pauses
        self._model: str | None = None
        limits = httpx2.Limits(max_connections=64, max_keepalive_connections=16)
        self._http = httpx2.AsyncClient(
            base_url=address.url,
            headers={API_KEY: address.api_key},
            timeout=address.try_timeout_seconds,
            limits=limits,
            trust_env=False,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    async def is_reachable(self) -> bool:
        """Whether the service says that it is ready."""
        return (await self._http.get("/health/ready")).is_success

    async def model(self, wait: float | None = None) -> str:
        if self._model is None:
            answer = await self._ask("GET", "/api/ml/models", ModelsAnswer, wait)
            self._model = next((model.id for model in answer.models if _makes_our_vectors(model)), None)
        if self._model is None:
            raise MlAnswerInvalid("The ML service names no model that makes vectors.")
        return self._model

    async def encode_face(self, photo: bytes, wait: float | None = None) -> EncodeFaceAnswer:
        return await self._encode(photo, wait)

    async def liveness(self, photo: bytes, wait: float | None = None) -> Liveness | None:
        try:
            return (await self._encode(photo, wait, check_liveness="true")).liveness
        except _LivenessOffError:
            return None

    async def _encode(self, photo: bytes, wait: float | None, **options: str) -> EncodeFaceAnswer:
        answer = await self._ask(
            "POST",
            "/api/ml/encode-face",
            EncodeFaceAnswer,
            wait,
            params={"embedding_format": "base64", **options},
            content=photo,
            headers={"Content-Type": OCTETS},
        )
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
        return await self._ask("POST", "/api/ml/match-faces", MatchFacesAnswer, None, json=asked)

    async def recognize(
        self, photo: bytes, gallery_id: str, wait: float | None = None, *, upright: bool = False
    ) -> RecognizeAnswer:
        options = self._options(gallery_id, upright=upright)
        return await self._recognize(options, wait, params=options, content=photo, headers={"Content-Type": OCTETS})

    async def recognize_with(
        self, photo: bytes, gallery: Gallery, wait: float | None = None, *, upright: bool = False
    ) -> RecognizeAnswer:
        options = self._options(gallery.id, upright=upright)
        sent = {"model": gallery.model, "students": [_candidate(student) for student in gallery.students]}
        form = {**options, "gallery": json.dumps(sent)}
        return await self._recognize(options, wait, data=form, files={"image": ("photo", photo, OCTETS)})

    async def crop(self, photo: bytes, box: Location, wait: float | None = None) -> bytes:
        answer = await self._ask(
            "POST",
            "/api/ml/crop",
            CropAnswer,
            wait,
            params=box.model_dump(),
            content=photo,
            headers={"Content-Type": OCTETS},
        )
        return answer.jpeg

    async def forget_gallery(self, gallery_id: str, wait: float | None = None) -> None:
        response = await self._answered("DELETE", f"/api/ml/galleries/{gallery_id}", wait, {})
        if not response.is_success:
            raise self._failure(response)

    async def _recognize(self, options: Mapping[str, str], wait: float | None, **request: Any) -> RecognizeAnswer:
        answer = await self._ask("POST", "/api/ml/recognize", RecognizeAnswer, wait, **request)
        if UPRIGHT in options and answer.upright_image is None:
            raise MlAnswerInvalid("The ML service left out the upright image.")
        return answer

    def _options(self, gallery_id: str, *, upright: bool) -> dict[str, str]:
        return {
            "confident_threshold": str(self._address.confident_threshold),
            "uncertain_threshold": str(self._address.uncertain_threshold),
            "gallery_id": gallery_id,
            **({UPRIGHT: "true"} if upright else {}),
        }

    async def _ask(self, method: str, path: str, answer: type[A], wait: float | None, **request: Any) -> A:
        response = await self._answered(method, path, wait, request)
        if not response.is_success:
            raise self._failure(response)
        return _checked(response, answer)

    async def _answered(
        self, method: str, path: str, wait: float | None, request: Mapping[str, Any]
    ) -> httpx2.Response:
        """The answer to one call within `wait` seconds, name look-up and retries included."""
        seconds = self._address.timeout_seconds if wait is None else wait
        end = asyncio.get_running_loop().time() + seconds
        try:
            async with asyncio.timeout(seconds):
                return await self._persist(method, path, end, request)
        except TimeoutError as error:
            raise _unavailable("no answer in time") from error

    async def _persist(self, method: str, path: str, end: float, request: Mapping[str, Any]) -> httpx2.Response:
        """Try until there is an answer, or no time or no try is left."""
        pauses = iter(self._pauses)
        while True:
            try:
                return await self._try(method, path, end, request)
            except _TryAgainError as error:
                log.warning("ml_try_failed", path=path, why=str(error))
                pause = next(pauses, math.inf) * random.uniform(1 - JITTER, 1 + JITTER)
                delay = max(error.pause, pause)
                if delay >= end - asyncio.get_running_loop().time():
                    raise _unavailable(str(error)) from error
            await asyncio.sleep(delay)

    async def _try(self, method: str, path: str, end: float, request: Mapping[str, Any]) -> httpx2.Response:
        left = min(end - asyncio.get_running_loop().time(), self._address.try_timeout_seconds)
        told = {REQUEST_TIMEOUT_MS: str(max(1, int(left * 1000))), **outgoing_headers()}
        headers = {**request.get("headers", {}), **told}
        try:
            async with asyncio.timeout(left):
                response = await self._http.request(method, path, **{**request, "headers": headers})
        except TimeoutError as error:
            raise _TryAgainError("no answer in time") from error
        except httpx2.TransportError as error:
            raise _TryAgainError(type(error).__name__) from error
        except httpx2.DecodingError as error:
            raise MlAnswerInvalid("The ML service's answer is not in the encoding it names.") from error
        return _settled(response)

    def _failure(self, response: httpx2.Response) -> Exception:
        problem = _problem(response)
        code = problem.error_code if problem else None
        if way_on := WAYS_ON.get(code or ""):
            return way_on()
        if code == ErrorCode.MODEL_MISMATCH:
            self._model = None
            return ModelMismatch()
        if problem and (refusal := REFUSALS.get(problem.error_code)):
            told = problem.details.model_dump(include=set(ProblemDetails.model_fields), exclude_none=True)
            return refusal(problem.detail, **told)
        log.error("ml_refused", status=response.status_code, error_code=code)
        if response.status_code in BUSY:
            return _unavailable("it is too busy")
        if response.status_code in NOT_OURS:
            return _unavailable("it does not take our key")
        return MlAnswerInvalid(f"The ML service answered {response.status_code} {code or 'without a code'}.")


def _makes_our_vectors(model: ModelInfo) -> bool:
    return model.task == "embed" and model.state is ModelState.CURRENT


def _candidate(face: EnrolledFace) -> dict[str, object]:
    return {"student_id": face.student_id, "embeddings": list(face.vectors)}


def _settled(response: httpx2.Response) -> httpx2.Response:
    """The response, unless it is one of those that a later try may better: every call is pure, repeating is safe."""
    deadline_passed = (problem := _problem(response)) and problem.error_code == ErrorCode.DEADLINE_EXCEEDED
    if response.status_code in BUSY and not deadline_passed:
        asked = response.headers.get("Retry-After", "")
        raise _TryAgainError(f"status {response.status_code}", float(asked) if asked.isdecimal() else 0.0)
    return response


def _problem(response: httpx2.Response) -> Problem | None:
    if response.is_success:
        return None
    try:
        return Problem.model_validate_json(response.content)
    except ValidationError:
        return None


def _checked(response: httpx2.Response, answer: type[A]) -> A:
    """The answer as the contract has it; what failed is told by place only, since values may be vectors."""
    try:
        return answer.model_validate_json(response.content)
    except ValidationError as error:
        places = sorted({".".join(map(str, failure["loc"])) for failure in error.errors(include_input=False)})
        log.exception("ml_answer_invalid", answer=answer.__name__, places=places[:5])
        raise MlAnswerInvalid(f"The ML service's answer is no {answer.__name__}.") from None


def _unavailable(why: str) -> MlUnavailable:
    return MlUnavailable(f"Face recognition can't be reached just now ({why}).", headers={"Retry-After": "5"})
