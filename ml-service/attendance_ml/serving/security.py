"""The API key of every `/api/ml` call, compared in constant time."""

import hmac
from collections.abc import Callable, Sequence
from typing import Annotated

from fastapi import Security
from fastapi.security import APIKeyHeader

from attendance_contract.errors import ErrorCode
from attendance_contract.headers import API_KEY
from attendance_kit.errors import ServiceError

_header = APIKeyHeader(name=API_KEY, auto_error=False, description="One of the service's keys")


class InvalidApiKey(ServiceError):
    status, code, title = 401, ErrorCode.INVALID_API_KEY, "The API key is missing or wrong"


def require_api_key(keys: Sequence[bytes]) -> Callable[[str | None], None]:
    """A dependency that lets a call through only with one of `keys`; every key is compared, whichever fits."""

    def check(key: Annotated[str | None, Security(_header)]) -> None:
        given = (key or "").encode()
        fits = [hmac.compare_digest(given, known) for known in keys]
        if not any(fits):
            raise InvalidApiKey(f"Send a valid key in the header {API_KEY}.")

    return check
