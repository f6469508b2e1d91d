"""JSON bodies read off the event loop: a roster is megabytes of numbers, and health has to answer meanwhile."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from attendance_contract.models import Wire
from attendance_kit.service import SCHEMA_REF
from attendance_ml.faces.stages import stage
from attendance_ml.serving.watching import PARSE

M = TypeVar("M", bound=Wire)


async def parse(model: type[M], raw: bytes | str, *place: str) -> M:
    """The model in `raw` JSON, read in a thread.

    Raises:
        RequestValidationError: it is none; `place` is where it stood in the request.
    """

    def read() -> M:
        with stage(PARSE):
            return model.model_validate_json(raw)

    try:
        return await asyncio.to_thread(read)
    except ValidationError as error:
        raise request_error(error, *place) from error


def json_body(model: type[M]) -> Callable[[Request], Awaitable[M]]:
    """A dependency that reads the whole body as `model`."""

    async def read(request: Request) -> M:
        return await parse(model, await request.body(), "body")

    return read


def json_body_docs(model: type[Wire]) -> dict[str, Any]:
    """The OpenAPI of a route that reads its body with `json_body`; the service has to name the model's schema."""
    content = {"application/json": {"schema": {"$ref": SCHEMA_REF.format(model=model.__name__)}}}
    return {"requestBody": {"required": True, "content": content}}


def request_error(error: ValidationError, *place: str) -> RequestValidationError:
    """As FastAPI would raise it, without the input: it may be a photo or a vector."""
    failures = error.errors(include_input=False, include_url=False, include_context=False)
    return RequestValidationError([{**failure, "loc": (*place, *failure["loc"])} for failure in failures])
