"""Which models are loaded and which of them is the current one: loading, unloading and switching beside the running
service. A call keeps the engine that it began with; what no call holds any more leaves the memory.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import structlog

from attendance_contract.errors import ErrorCode
from attendance_contract.registry import ModelState
from attendance_kit.errors import InvalidRequest, NotFound, ServiceError
from attendance_ml.faces import Calibration, FaceEngine, FacesError, ModelFacts, load_calibration
from attendance_ml.faces.models import EMBEDDERS, Model, ModelMissingError, ModelStore, WrongChecksumError

log = structlog.stdlib.get_logger(__name__)
FlipProbe = Literal["auto", "on", "off"]
NOT_LOADED = "It could not be loaded; the service's log says why."


class ModelsNotReady(ServiceError):
    status, code, title = 503, ErrorCode.MODELS_NOT_READY, "The models are still loading"


class ModelMismatch(ServiceError):
    status, code, title = 409, ErrorCode.MODEL_MISMATCH, "The vectors are of another model"


@dataclass(frozen=True)
class Loaded:
    """A warm engine, the model of its vectors, and whether probes get their flipped copy averaged in."""

    engine: FaceEngine
    facts: ModelFacts
    flip_probe: bool

    @property
    def model(self) -> str:
        return self.facts.id

    @property
    def calibration(self) -> Calibration:
        """What its vectors are matched by.

        Raises:
            faces.ModelMismatch: there is none; such a model makes vectors, and nothing is matched with them.
        """
        return load_calibration(self.model, probe_flip=self.flip_probe)


class Engines:
    """The loaded engines by the model of their vectors. Used from the event loop only; loading runs in threads.

    Args:
        load: makes the engine of a model, warm.
        models: ids of those loaded at start; the first is the current one.
        flip_probe: whether probes are flipped too; `auto`: where the self-test chose bf16.
        forget: told of a model that was unloaded.
    """

    def __init__(
        self,
        load: Callable[[str], FaceEngine],
        models: Sequence[str],
        flip_probe: FlipProbe,
        forget: Callable[[str], None],
    ) -> None:
        self._load = load
        self._first = models
        self._flip_probe = flip_probe
        self._forget = forget
        self._loaded: dict[str, Loaded] = {}
        self._loading: dict[str, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._errors: dict[str, str] = {}
        self._current: str | None = None
        self._next: str | None = None

    @property
    def is_ready(self) -> bool:
        return self._current is not None

    async def load_first(self) -> None:
        """Load what is loaded at start, the current one first. What can't be loaded is logged, not raised."""
        self._next = self._first[0]
        for model_id in self._first:
            await self._begin(model_id)

    def current(self) -> Loaded:
        """The current engine.

        Raises:
            ModelsNotReady: it is still loading, or failed to.
        """
        if self._current is None:
            raise ModelsNotReady("Try again in a moment.", headers={"Retry-After": "1"})
        return self._loaded[self._current]

    def get(self, model_id: str | None) -> Loaded:
        """The engine of a model, of the current one without an id.

        Raises:
            ModelsNotReady: no model is loaded yet.
            ModelMismatch: this one is not.
        """
        current = self.current()
        if model_id is None:
            return current
        if model_id not in self._loaded:
            raise ModelMismatch(f"{model_id} is not loaded here; the current model is {current.model}.")
        return self._loaded[model_id]

    def in_use(self) -> Iterator[Loaded]:
        """Those loaded, the current one first."""
        yield from sorted(self._loaded.values(), key=lambda loaded: loaded.model != self._current)

    def not_in_use(self) -> Iterator[Model]:
        """Those that could be loaded, being here."""
        store = ModelStore()
        yield from (model for model in EMBEDDERS.values() if model.id not in self._loaded and store.has(model))

    def state(self, model_id: str) -> ModelState:
        if model_id in self._loaded:
            return ModelState.CURRENT if model_id == self._current else ModelState.LOADED
        return ModelState.LOADING if model_id in self._loading else ModelState.AVAILABLE

    def error(self, model_id: str) -> str | None:
        """Why the last try to load it failed."""
        return self._errors.get(model_id)

    def bring_to(self, model_id: str, wanted: ModelState) -> None:
        """Let a model reach a state: at once where it can, else in the background. Asking twice is asking once.

        Raises:
            NotFound: there is no such model here.
            InvalidRequest: the current model can't be unloaded.
            faces.ModelMismatch: without a calibration a model can't become the current one.
        """
        if model_id not in self._loaded and model_id not in {model.id for model in self.not_in_use()}:
            raise NotFound(f"{model_id} is not here; what is known comes with: smart-attendance models fetch --all")
        if wanted is ModelState.AVAILABLE:
            self._unload(model_id)
            return
        if wanted is ModelState.CURRENT:
            self._next = model_id
        if model_id in self._loaded:
            self._switch()
        else:
            self._begin(model_id)

    async def close(self) -> None:
        """Wait for what is still loading: a thread can't be stopped."""
        await asyncio.gather(*self._tasks)

    def _begin(self, model_id: str) -> "asyncio.Task[None]":
        if model_id not in self._loading:
            self._errors.pop(model_id, None)
            task = self._loading[model_id] = asyncio.create_task(self._bring(model_id))
            self._tasks.add(task)  # the loop itself holds a task only weakly
            task.add_done_callback(self._tasks.discard)
        return self._loading[model_id]

    async def _bring(self, model_id: str) -> None:
        task = asyncio.current_task()
        try:
            loaded = self._described(await asyncio.to_thread(self._load, model_id))
            if self._loading.get(model_id) is task:  # else it was unloaded while it loaded
                del self._loading[model_id]
                self._loaded[model_id] = loaded
                log.info("model_loaded", model=model_id, runtime=loaded.facts.runtime, precision=loaded.facts.precision)
                self._switch()
        except (FacesError, ModelMissingError, WrongChecksumError) as error:
            log.exception("model_failed_to_load", model=model_id)
            self._failed(model_id, str(error))
        except Exception:
            log.exception("model_failed_to_load", model=model_id)
            self._failed(model_id, NOT_LOADED)

    def _described(self, engine: FaceEngine) -> Loaded:
        facts = next(model for model in engine.models() if model.task == "embed")
        flip = facts.precision == "bf16" if self._flip_probe == "auto" else self._flip_probe == "on"
        return Loaded(engine, facts, flip)

    def _failed(self, model_id: str, why: str) -> None:
        self._loading.pop(model_id, None)
        self._errors[model_id] = why
        if self._next == model_id:
            self._next = None

    def _switch(self) -> None:
        """Make the model that was last asked for the current one, if it is loaded."""
        if self._next in self._loaded:
            chosen, self._next = self._loaded[self._next], None
            log.info("model_current", model=chosen.model, calibration=chosen.calibration.id, flip=chosen.flip_probe)
            self._current = chosen.model

    def _unload(self, model_id: str) -> None:
        if model_id in {self._current, self._next}:
            raise InvalidRequest("Make another model the current one first.", field="state")
        self._loading.pop(model_id, None)
        if self._loaded.pop(model_id, None):
            self._forget(model_id)
            log.info("model_unloaded", model=model_id)
