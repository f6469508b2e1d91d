"""The API key of every `/api/ml` call, compared in constant time."""

import hmac
from collections.abc import Callable, Sequence
from typing import Annotated

from fastapi import Security
from fastapi.security import APIKeyHeader
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from attendance_contract.errors import ErrorCode
from attendance_contract.headers import API_KEY
from attendance_kit.errors import ServiceError

_header = APIKeyHeader(name=API_KEY, auto_error=False, description="One of the service's keys")


class InvalidApiKey(ServiceError):
    status, code, title = 401, ErrorCode.INVALID_API_KEY, "The API key is missing or wrong"


def is_valid(key: str | None, keys: Sequence[bytes]) -> bool:
    """Whether `key` is one of `keys`; every one is compared, whichever fits."""
    given = (key or "").encode()
    fits = [hmac.compare_digest(given, known) for known in keys]
    return any(fits)


def require_api_key(keys: Sequence[bytes]) -> Callable[[str | None], None]:
    """A dependency that lets a call through only with one of `keys`."""

    def check(key: Annotated[str | None, Security(_header)]) -> None:
        if not is_valid(key, keys):
            raise InvalidApiKey(f"Send a valid key in the header {API_KEY}.")

    return check


class BodiesOfKeyHolders:
    """ASGI middleware: without a valid key a body is taken as empty.

    FastAPI reads and parses a JSON body before it asks for the key: a stranger could have 28 MB of it parsed, and was
    told what is wrong with it instead of that the key is.
    """

    def __init__(self, app: ASGIApp, keys: Sequence[bytes]) -> None:
        self.app = app
        self.keys = keys

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not is_valid(Headers(scope=scope).get(API_KEY), self.keys):
            await self.app(scope, _nothing, send)
        else:
            await self.app(scope, receive, send)


async def _nothing() -> Message:
    return {"type": "http.request", "body": b"", "more_body": False}
