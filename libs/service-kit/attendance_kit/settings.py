"""Settings that every service has, read from the environment once at start and then passed in."""

from enum import StrEnum

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict


class LogFormat(StrEnum):
    JSON = "json"
    TEXT = "text"


class ServiceSettings(BaseSettings):
    """Host, port and logs. A service adds its own fields; names in the environment are the fields' own."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)

    host: str = "127.0.0.1"
    port: int = Field(ge=0, le=65_535)
    log_level: str = Field("INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$")
    log_format: LogFormat = LogFormat.JSON
    shutdown_grace_seconds: int = Field(10, ge=0, description="time that requests under way get to finish")


def failures(error: ValidationError) -> str:
    """What is wrong with the settings: a line each, the name first, never the value."""
    found = error.errors(include_input=False, include_url=False)
    return "\n".join(f"{'.'.join(map(str, failure['loc']))}: {failure['msg']}" for failure in found)
