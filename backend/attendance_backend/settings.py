"""Settings of the backend, read from the environment once at start."""

from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, SecretStr, model_validator

from attendance_contract.models import DEFAULT_CONFIDENT, DEFAULT_UNCERTAIN, check_order
from attendance_kit.settings import ServiceSettings

MIN_SECRET = 32
"""A key as long as the digest it signs with."""


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError("is no time zone of the tz database, such as Europe/Paris") from error
    return name


class BackendSettings(ServiceSettings):
    """What an installation decides; each field is the environment variable of the same name."""

    port: int = Field(8000, ge=0, le=65_535)
    mongodb_uri: SecretStr
    mongodb_database: str = Field("smart_attendance", pattern=r"^[A-Za-z0-9_-]{1,50}$")
    smart_attendance_home: Path
    ml_service_url: str = "http://127.0.0.1:8001"
    ml_service_api_key: SecretStr = Field(min_length=1)
    ml_service_timeout: float = Field(30.0, gt=0)
    ml_service_try_timeout: float = Field(10.0, gt=0)
    ml_confident_threshold: float = Field(DEFAULT_CONFIDENT, ge=0, le=1)
    ml_uncertain_threshold: float = Field(DEFAULT_UNCERTAIN, ge=0, le=1)
    jwt_secret: Annotated[SecretStr, Field(min_length=MIN_SECRET)] | None = None
    time_zone: Annotated[str, AfterValidator(_known_zone)] = "UTC"

    @model_validator(mode="after")
    def _ordered(self) -> "BackendSettings":
        check_order(self.ml_confident_threshold, self.ml_uncertain_threshold)
        return self

    @property
    def vault_database(self) -> str:
        """The database of wrapped data keys: backups of the data never contain it."""
        return f"{self.mongodb_database}_vault"
