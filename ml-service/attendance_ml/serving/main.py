"""Puts the ML service together and serves it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from functools import cache
from typing import Any, cast

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.responses import JSONResponse
from prometheus_client import Counter
from pydantic import SecretStr

from attendance_contract.errors import STATUS_OF, MlProblem, title_of
from attendance_contract.galleries import MAX_PACKED_BYTES, PACKED_GALLERY
from attendance_contract.models import (
    BatchMatchRequest,
    CropRequest,
    DetectFacesRequest,
    EncodeFaceRequest,
    GalleryRequest,
    LivenessRequest,
    MatchFacesRequest,
    RecognizeRequest,
)
from attendance_kit.errors import problem_responses
from attendance_kit.health import Health
from attendance_kit.metrics import new_registry
from attendance_kit.service import Service, announced, create_service, run_service
from attendance_ml import __version__
from attendance_ml.faces import FaceEngine, FacesError, load_engine
from attendance_ml.faces.detect import Detector
from attendance_ml.faces.models import EMBEDDERS, LIVENESS, YUNET, ModelStore
from attendance_ml.faces.runtimes import Runtime, best_runtime
from attendance_ml.faces.selftest import load_detector
from attendance_ml.serving.admission import Admission, Overloaded
from attendance_ml.serving.allocation import share_one_heap
from attendance_ml.serving.context import Context
from attendance_ml.serving.deadlines import DeadlineExceeded
from attendance_ml.serving.engines import ModelsNotReady
from attendance_ml.serving.routes import cropping, encoding, galleries, liveness, matching, models, recognition
from attendance_ml.serving.security import BodiesOfKeyHolders, InvalidApiKey, require_api_key
from attendance_ml.serving.settings import MlSettings

SERVICE = "ml-service"
API = "/api/ml"


def make_service(settings: MlSettings, load: Callable[[str], FaceEngine]) -> Service:
    """The ML service. `load` makes a model's engine once it runs; until then it answers MODELS_NOT_READY."""
    registry = new_registry()
    rejections = Counter("ml_rejections_total", "Calls refused, by error code.", ["code"], registry=registry)
    context = Context(settings, registry, load)
    service = create_service(
        title="Smart Attendance ML service",
        version=__version__,
        health=Health(SERVICE, __version__, {}, models_loaded=lambda: context.engines.is_ready),
        registry=registry,
        routers=[_api(settings)],
        lifespan=_lifespan,
        problem=MlProblem,
        limits={PACKED_GALLERY: MAX_PACKED_BYTES},
        schemas=[
            EncodeFaceRequest,
            DetectFacesRequest,
            RecognizeRequest,
            GalleryRequest,
            MatchFacesRequest,
            BatchMatchRequest,
            CropRequest,
            LivenessRequest,
        ],
        count_problem=lambda code: rejections.labels(code).inc(),
    )
    service.state.context = context
    service.add_exception_handler(FacesError, _on_faces_error)
    service.add_middleware(
        Admission, prefix=API, places=context.places, metrics=context.metrics, refuse=service.renderer.render
    )
    service.add_middleware(BodiesOfKeyHolders, keys=settings.api_keys())
    return service


def _api(settings: MlSettings) -> APIRouter:
    api = APIRouter(
        prefix=API,
        dependencies=[Depends(require_api_key(settings.api_keys()))],
        responses=problem_responses(MlProblem, [InvalidApiKey, Overloaded, ModelsNotReady, DeadlineExceeded]),
    )
    for part in (encoding, cropping, liveness, matching, galleries, recognition, models):
        api.include_router(part.router)
    return api


@contextlib.asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    context: Context = app.state.context
    loading = asyncio.create_task(_load(context))
    forgetting = asyncio.create_task(context.galleries.keep_forgetting())
    async with announced(SERVICE):
        yield
    forgetting.cancel()
    await loading
    await context.engines.close()
    context.workers.close()


async def _load(context: Context) -> None:
    await context.passive.load()  # first, so that a service that is ready knows whether it is on
    await context.engines.load_first()


async def _on_faces_error(request: Request, error: Exception) -> JSONResponse:
    refused = cast("FacesError", error)
    service = cast("Service", request.app)
    status = STATUS_OF[refused.code]
    return service.renderer.answer(status, refused.code, title_of(refused.code), refused.message, refused.details, {})


def engine_loader(settings: MlSettings) -> Callable[[str], FaceEngine]:
    """What loads the engine of a model; one runtime and one detector serve all of them.

    The files needed at start are looked for and verified now, so that a start without them fails; those of liveness are
    verified where they are.

    Raises:
        ModelMissingError: a model has not been fetched.
        WrongChecksumError: a model is not the file it should be.
    """
    store = ModelStore()
    for name in (YUNET.name, *(EMBEDDERS[model].name for model in settings.models())):
        store.path(name)
    for name in (model.name for model in LIVENESS if store.has(model)):
        store.path(name)

    @cache
    def shared() -> tuple[Runtime, Detector]:
        runtime = best_runtime()
        return runtime, load_detector(
            runtime, store.path(YUNET.name), threads=settings.ml_threads, precision=settings.ml_precision
        )

    def load(model_id: str) -> FaceEngine:
        model, (runtime, detector) = EMBEDDERS[model_id], shared()
        return load_engine(
            {model.name: store.path(model.name)},
            threads=settings.ml_threads,
            precision=settings.ml_precision,
            runtime=runtime,
            embedder=model,
            detector=detector,
        )

    return load


def serve() -> None:
    """Run the service with settings from the environment."""
    share_one_heap()
    settings = MlSettings()
    load = engine_loader(settings)
    run_service(lambda: make_service(settings, load), settings, SERVICE)


def openapi() -> dict[str, Any]:
    """The service's OpenAPI document, which needs no model and no key."""

    def unused(_: str) -> FaceEngine:
        raise AssertionError("describing the service loads nothing")

    return make_service(MlSettings(ml_api_keys=SecretStr("unused")), unused).openapi()
