"""What both services say of their own health."""

from typing import Literal

from pydantic import BaseModel, Field


class HealthAnswer(BaseModel):
    """`models_loaded` tells of a real inference at start; it is absent where a service has no models."""

    status: Literal["ok", "starting", "unavailable"]
    service: str
    version: str
    models_loaded: bool | None = None
    uptime_seconds: float
    checks: dict[str, str] = Field(default_factory=dict)
