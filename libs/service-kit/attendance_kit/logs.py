"""Structured logs: one JSON object a line on standard output, the libraries' own lines included.

Vectors, photos and secrets are taken out here, as the last line of defence; so are stack traces, which name no values
but fill logs: an exception is told by its type and the places it passed.
"""

import logging.config
import sys
import traceback
from collections.abc import Mapping, MutableMapping
from pathlib import Path
from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from attendance_kit.settings import LogFormat

SECRET_NAMES = frozenset(
    ("authorization", "cookie", "password", "token", "access_token", "secret", "api_key", "x_api_key", "key")
) | {"embedding", "embeddings", "query_embedding", "vector", "image", "image_base64", "photo", "body"}
REMOVED = "[removed]"
MAX_FRAMES = 8


def configure_logs(service: str, level: str, fmt: LogFormat) -> None:
    """Send every logger of the process through one formatter. `service` is added to each line."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _named(service),
        tell_exception,
        remove_secrets,
    ]
    formatter = {
        "()": structlog.stdlib.ProcessorFormatter,
        "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_renderers(fmt)],
        "foreign_pre_chain": shared,
    }
    logging.config.dictConfig(_stdlib_config(formatter, level))
    logging.captureWarnings(capture=True)  # else they go to standard error, as lines of another form
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def _renderers(fmt: LogFormat) -> list[Processor]:
    if fmt is LogFormat.JSON:
        return [structlog.processors.JSONRenderer()]
    console = structlog.dev.ConsoleRenderer(colors=False, pad_event_to=0, pad_level=False, timestamp_key="time")
    return [_for_a_person, console]


def _for_a_person(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Only what someone reading along wants; what links lines across services stays in the JSON form."""
    for name in ("service", "logger", "trace_id", "timestamp"):
        event.pop(name, None)
    if event["level"] == "info":
        event.pop("request_id", None)
    return event


def _stdlib_config(formatter: Mapping[str, object], level: str) -> dict[str, Any]:
    quiet = {name: {"level": "WARNING"} for name in ("uvicorn", "httpx2", "httpcore2", "pymongo", "asyncio")}
    # They warn of whatever a stranger sends, in the stranger's own words.
    quiet |= {name: {"level": "ERROR"} for name in ("opentelemetry", "python_multipart")}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"structured": formatter},
        "handlers": {
            "stdout": {"class": "logging.StreamHandler", "stream": "ext://sys.stdout", "formatter": "structured"}
        },
        "root": {"handlers": ["stdout"], "level": level},
        "loggers": quiet,
    }


def _named(service: str) -> Processor:
    def add(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        event["service"] = service
        return event

    return add


def describe_exception(error: BaseException) -> str:
    """Type and path of an exception, innermost place first, without its message: messages may quote values."""
    frames = traceback.extract_tb(error.__traceback__)[-MAX_FRAMES:]
    places = (f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in reversed(frames))
    return f"{type(error).__name__} at " + " < ".join(places)


def tell_exception(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Replace `exc_info` by one line that tells type and places."""
    info = event.pop("exc_info", None)
    record = event.get("_record")
    if info is None and record is not None:
        info = record.exc_info
        record.exc_info = record.exc_text = None
    if info is True:
        info = sys.exc_info()
    error = info[1] if isinstance(info, tuple) else info
    if isinstance(error, BaseException):
        event["raised"] = describe_exception(error)
    return event


def remove_secrets(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Blank every field whose name or type says that it must not be logged, at any depth."""
    _blank(event)
    return event


def _blank(fields: MutableMapping[str, Any]) -> None:
    for name, value in fields.items():
        if name.lower().replace("-", "_") in SECRET_NAMES or isinstance(value, bytes | bytearray | memoryview):
            fields[name] = REMOVED
        elif isinstance(value, dict):
            fields[name] = dict(value)
            _blank(fields[name])
