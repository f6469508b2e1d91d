"""The error tree of both services, and how every failure becomes a problem document (RFC 9457).

An error class carries its status, code and title; nothing else decides them.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, ClassVar, cast

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from attendance_contract.errors import PROBLEM_MEDIA_TYPE, ErrorCode, Problem, ProblemDetails, problem_type
from attendance_kit.correlation import current_request_id

MAX_REASONS = 10
MAX_NAME = 100
"""Characters told of a field's name: that of an unknown one is the caller's, and may be megabytes long."""
log = structlog.stdlib.get_logger(__name__)


class ServiceError(Exception):
    """A failure with an answer. Subclass it and set `status`, `code` and `title`.

    Args:
        detail: one sentence a person can act on.
        details: the fields of `ProblemDetails` that apply.
        headers: sent with the answer, such as Retry-After.
    """

    status: ClassVar[int] = 500
    code: ClassVar[str] = ErrorCode.INTERNAL_ERROR
    title: ClassVar[str] = "Internal error"

    def __init__(
        self, detail: str | None = None, *, headers: Mapping[str, str] | None = None, **details: object
    ) -> None:
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.details = details
        self.headers = dict(headers or {})


class InvalidRequest(ServiceError):
    status, code, title = 400, ErrorCode.INVALID_REQUEST, "The request is not valid"


class NotFound(ServiceError):
    status, code, title = 404, ErrorCode.NOT_FOUND, "There is nothing here"


class RequestTooLarge(ServiceError):
    status, code, title = 413, ErrorCode.REQUEST_TOO_LARGE, "The request is too large"


_HTTP_CODES: Mapping[int, str] = {
    400: ErrorCode.INVALID_REQUEST,
    404: ErrorCode.NOT_FOUND,
    405: ErrorCode.METHOD_NOT_ALLOWED,
    413: ErrorCode.REQUEST_TOO_LARGE,
}


class ProblemRenderer:
    """Renders failures as `problem`, a model of the contract (the ML service has two fields more).

    `count` is told the code of each.
    """

    def __init__(self, problem: type[Problem], count: Callable[[str], None] | None = None) -> None:
        self.problem = problem
        self.count = count

    def install(self, app: FastAPI) -> None:
        app.add_exception_handler(ServiceError, self.on_service_error)
        app.add_exception_handler(RequestValidationError, self.on_validation_error)
        app.add_exception_handler(HTTPException, self.on_http_exception)
        app.add_exception_handler(Exception, self.on_unexpected)

    def render(self, error: ServiceError) -> JSONResponse:
        return self.answer(error.status, error.code, error.title, error.detail, error.details, error.headers)

    async def on_service_error(self, _request: Request, error: Exception) -> JSONResponse:
        return self.render(cast("ServiceError", error))

    async def on_validation_error(self, _request: Request, error: Exception) -> JSONResponse:
        failures = cast("RequestValidationError", error).errors()
        first = failures[0]
        field = _field(first)
        details = {"field": field or None, "reasons": [_sentence(failure) for failure in failures[:MAX_REASONS]]}
        known = next((f["type"] for f in failures if f["type"] in ErrorCode.__members__), InvalidRequest.code)
        return self.answer(InvalidRequest.status, known, InvalidRequest.title, _sentence(first), details, {})

    async def on_http_exception(self, _request: Request, error: Exception) -> JSONResponse:
        raised = cast("HTTPException", error)
        title = HTTPStatus(raised.status_code).phrase
        code = _HTTP_CODES.get(raised.status_code, title.upper().replace(" ", "_").replace("-", "_"))
        return self.answer(raised.status_code, code, title, str(raised.detail), {}, dict(raised.headers or {}))

    async def on_unexpected(self, _request: Request, error: Exception) -> JSONResponse:
        log.error("unexpected_error", exc_info=error)
        return self.render(ServiceError("Something went wrong on our side. The request id finds it in our logs."))

    def answer(
        self,
        status: int,
        code: str,
        title: str,
        detail: str,
        details: Mapping[str, object],
        headers: Mapping[str, str],
    ) -> JSONResponse:
        """A problem document; `details` are the fields of `ProblemDetails` that apply."""
        if self.count:
            self.count(code)
        body = self.problem(
            type=problem_type(code),
            title=title,
            status=status,
            detail=detail,
            error_code=code,
            request_id=current_request_id(),
            details=ProblemDetails.model_validate(details),
        )
        content = body.model_dump(mode="json", exclude_none=True)
        return JSONResponse(content, status, headers=dict(headers), media_type=PROBLEM_MEDIA_TYPE)


def _field(failure: Mapping[str, Any]) -> str:
    """Where a failure is; empty where it is the whole body."""
    location: Sequence[object] = failure["loc"][1:]
    if failure["type"] == "json_invalid":  # FastAPI names the position in the text as if it were a field
        location = [part for part in location if not isinstance(part, int)]
    return ".".join(str(part)[:MAX_NAME] for part in location)


def _sentence(failure: Mapping[str, Any]) -> str:
    """What was wrong and where, never the value itself: it may be a vector or a password."""
    field = _field(failure)
    message = str(failure["msg"]).removeprefix("Value error, ")
    return f"{field}: {message}" if field else message


def problem_responses(problem: type[Problem], errors: Iterable[type[ServiceError]]) -> dict[int | str, dict[str, Any]]:
    """What OpenAPI shows for a route that can fail so: one entry a status, naming the codes."""
    responses: dict[int | str, dict[str, Any]] = {}
    for error in sorted(set(errors), key=lambda error: (error.status, error.code)):
        entry = responses.setdefault(error.status, {"model": problem, "description": ""})
        entry["description"] += f"{' · ' if entry['description'] else ''}`{error.code}`: {error.title}"
    return responses
