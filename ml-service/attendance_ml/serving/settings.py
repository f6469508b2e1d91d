"""Settings of the ML service, read from the environment."""

from typing import Literal

from pydantic import Field, SecretStr

from attendance_kit.settings import ServiceSettings
from attendance_ml.faces import Precision
from attendance_ml.faces.models import EMBEDDERS, SFACE
from attendance_ml.serving.cpus import available_cpus


class MlSettings(ServiceSettings):
    port: int = Field(8001, ge=0, le=65_535)
    ml_api_keys: SecretStr = Field(description="comma separated; several are valid at once, so that keys can rotate")
    ml_threads: int = Field(default_factory=available_cpus, ge=1, description="threads of one inference")
    ml_workers: int = Field(2, ge=1, le=32, description="photos worked on at once: one decodes while another infers")
    ml_queue: int = Field(64, ge=0, description="calls that may wait; beyond it the answer is OVERLOADED")
    ml_queue_mb: int = Field(128, ge=1, description="megabytes of all bodies at once; beyond it the answer is the same")
    ml_max_faces: int = Field(
        200, ge=1, le=1_000, description="faces of one photo that are worked on, the largest; others are only counted"
    )
    ml_precision: Precision | Literal["auto"] = "auto"
    ml_flip_probe: Literal["auto", "on", "off"] = Field(
        "auto", description="average the flipped copy of a probe in; auto: where the self-test chose bf16"
    )
    ml_models: str = Field(
        SFACE.id, description="loaded at start, comma separated: the first is the current one, others stand beside it"
    )
    ml_gallery_seconds: int = Field(600, ge=1, le=600, description="horizon of erasure: no gallery outlives it")
    ml_gallery_vectors: int = Field(200_000, ge=1, description="vectors held in all galleries together")

    def models(self) -> tuple[str, ...]:
        """The models loaded at start, the current one first. Raises ValueError for one that does not exist."""
        named = tuple(name.strip() for name in self.ml_models.split(",") if name.strip())
        if not named or not set(named) <= set(EMBEDDERS):
            raise ValueError(f"ML_MODELS names some of {', '.join(EMBEDDERS)}, not {self.ml_models!r}")
        return named

    def api_keys(self) -> tuple[bytes, ...]:
        """The valid keys. Raises ValueError when there is none: an open ML service is never started by accident."""
        keys = tuple(key.strip().encode() for key in self.ml_api_keys.get_secret_value().split(",") if key.strip())
        if not keys:
            raise ValueError("ML_API_KEYS holds no key")
        return keys
