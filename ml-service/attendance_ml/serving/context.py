"""What the routes share: engine, workers, galleries. The engine loads beside the running server."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated

import structlog
from fastapi import Depends, Request
from prometheus_client import CollectorRegistry, Gauge, Histogram

from attendance_contract.errors import ErrorCode
from attendance_kit.errors import ServiceError
from attendance_ml.faces import Calibration, FaceEngine, load_calibration
from attendance_ml.serving.deadlines import Deadline, deadline_of
from attendance_ml.serving.galleries import GalleryStore
from attendance_ml.serving.settings import MlSettings
from attendance_ml.serving.workers import Workers

FACES = (0, 1, 2, 5, 10, 20, 40, 60, 100, 200)
log = structlog.stdlib.get_logger(__name__)


class ModelsNotReady(ServiceError):
    status, code, title = 503, ErrorCode.MODELS_NOT_READY, "The models are still loading"


@dataclass(frozen=True)
class Loaded:
    """A warm engine, the model of its vectors, whether probes get their flipped copy averaged in, and the calibration
    of both together.
    """

    engine: FaceEngine
    model: str
    flip_probe: bool
    calibration: Calibration


class Context:
    """Made once per process.

    Args:
        settings: of the service.
        registry: gets the galleries' and faces' metrics.
        load: makes the engine; runs in a thread, so that health answers while it does.
    """

    def __init__(self, settings: MlSettings, registry: CollectorRegistry, load: Callable[[], FaceEngine]) -> None:
        self.settings = settings
        self.workers = Workers(settings.ml_workers, settings.ml_queue, registry)
        self.galleries = GalleryStore(settings.ml_gallery_seconds, settings.ml_gallery_students)
        self.faces_found = Histogram("ml_faces_found", "Faces on one photo.", registry=registry, buckets=FACES)
        Gauge("ml_galleries", "Galleries held.", registry=registry).set_function(lambda: len(self.galleries))
        Gauge("ml_gallery_students", "Students held.", registry=registry).set_function(lambda: self.galleries.size)
        self._load = load
        self._loaded: Loaded | None = None

    @property
    def is_ready(self) -> bool:
        return self._loaded is not None

    async def load(self) -> None:
        """Load the engine and warm it up. An engine that can't be loaded is logged, and leaves the service unready."""
        try:
            engine = await asyncio.to_thread(self._load)
        except Exception:
            log.exception("models_failed_to_load")
            return
        embedder = next(model for model in engine.models() if model.task == "embed")
        chosen = self.settings.ml_flip_probe
        flip = embedder.precision == "bf16" if chosen == "auto" else chosen == "on"
        self._loaded = Loaded(engine, embedder.id, flip, load_calibration(embedder.id, probe_flip=flip))
        log.info("models_loaded", runtime=embedder.runtime, precision=embedder.precision, flip_probe=flip)

    def loaded(self) -> Loaded:
        """The engine.

        Raises:
            ModelsNotReady: it is still loading, or failed to.
        """
        if self._loaded is None:
            raise ModelsNotReady("Try again in a moment.", headers={"Retry-After": "1"})
        return self._loaded


@dataclass(frozen=True)
class Call:
    """What one request works with."""

    context: Context
    loaded: Loaded
    deadline: Deadline = field(default_factory=lambda: Deadline(None))


def _call(request: Request) -> Call:
    context: Context = request.app.state.context
    return Call(context, context.loaded(), deadline_of(request))


CurrentCall = Annotated[Call, Depends(_call)]
