"""The models of an installation of the ML service: which there are, which are used, and how that is changed."""

from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, Field

from attendance_contract.models import Answer, ModelId, Wire


class ModelState(StrEnum):
    """`available` could be loaded; `loaded` serves who asks for it by name; `current` serves everybody else."""

    AVAILABLE = "available"
    LOADING = "loading"
    LOADED = "loaded"
    CURRENT = "current"


class ModelInfo(BaseModel):
    """A model of this installation. `runtime` and `precision` are known of those in use; `error` says why the last try
    to load it failed.
    """

    id: ModelId
    state: ModelState = ModelState.CURRENT
    task: Literal["detect", "embed", "liveness"]
    version: str
    licence: str
    sha256: str
    vector_length: int | None = None
    runtime: str | None = None
    precision: str | None = None
    calibrations: list[str] = Field(default_factory=list)
    error: str | None = None


class PassiveState(BaseModel):
    """Whether passive liveness is on, and why not."""

    is_on: bool
    reason: str | None = None


class ModelsAnswer(Answer):
    """Those in use first, and of two that make vectors the current one."""

    models: list[ModelInfo]
    liveness: PassiveState


class ModelStateRequest(Wire):
    """The state that a model is to reach: `available` unloads it."""

    state: Literal[ModelState.AVAILABLE, ModelState.LOADED, ModelState.CURRENT]


class ModelAnswer(Answer):
    model: ModelInfo
