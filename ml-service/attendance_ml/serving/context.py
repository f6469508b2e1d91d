"""What the routes share: engines, workers, galleries."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Annotated

from fastapi import Depends, Request
from prometheus_client import CollectorRegistry, Gauge, Histogram

from attendance_ml.faces import FaceEngine
from attendance_ml.serving.admission import Places, show_places
from attendance_ml.serving.deadlines import Deadline, deadline_of
from attendance_ml.serving.engines import Engines, Loaded
from attendance_ml.serving.galleries import GalleryStore
from attendance_ml.serving.liveness import PassiveSwitch, load_fetched
from attendance_ml.serving.settings import MlSettings
from attendance_ml.serving.watching import WorkMetrics
from attendance_ml.serving.workers import Workers

FACES = (0, 1, 2, 5, 10, 20, 40, 60, 100, 200)


class Context:
    """Made once per process.

    Args:
        settings: of the service.
        registry: gets the metrics of the work, the queue, the galleries and the faces.
        load: makes the engine of a model; runs in a thread, so that health answers while it does.
    """

    def __init__(self, settings: MlSettings, registry: CollectorRegistry, load: Callable[[str], FaceEngine]) -> None:
        self.settings = settings
        self.metrics = WorkMetrics(registry)
        self.workers = Workers(settings.ml_workers, self.metrics)
        self.places = Places(settings.ml_workers + settings.ml_queue, settings.ml_queue_mb * 2**20)
        show_places(self.places, registry)
        self.galleries = GalleryStore(settings.ml_gallery_seconds, settings.ml_gallery_vectors)
        self.engines = Engines(load, settings.models(), settings.ml_flip_probe, self.galleries.forget_model)
        self.passive = PassiveSwitch(partial(load_fetched, settings.ml_threads))
        self.faces_found = Histogram("ml_faces_found", "Faces on one photo.", registry=registry, buckets=FACES)
        Gauge("ml_galleries", "Galleries held.", registry=registry).set_function(lambda: len(self.galleries))
        Gauge("ml_gallery_vectors", "Vectors held.", registry=registry).set_function(lambda: self.galleries.size)


@dataclass(frozen=True)
class Call:
    """What one request works with."""

    context: Context
    deadline: Deadline = field(default_factory=lambda: Deadline(None))

    def loaded(self, model: str | None = None) -> Loaded:
        """The engine of a model, without one the current engine; a call asks once, and ends with what it got.

        Raises:
            ModelMismatch: that model is not loaded.
        """
        return self.context.engines.get(model)


def _context(request: Request) -> Context:
    context: Context = request.app.state.context
    return context


CurrentContext = Annotated[Context, Depends(_context)]


def _call(request: Request, context: CurrentContext) -> Call:
    context.engines.current()  # nothing is read of a body that nobody can work on yet
    return Call(context, deadline_of(request))


CurrentCall = Annotated[Call, Depends(_call)]
