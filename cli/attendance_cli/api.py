"""Speaks to the backend's public API, as any other client would. It knows no rule of the backend."""

import json
import ssl
import threading
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote, urlencode, urlsplit

_SECONDS = 60.0
_ROOT = "/api/v1"


class ApiError(Exception):
    """The backend refused; `status` and `code` are of its answer, `details` what it says beside."""

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        self.status = status
        self.code = str(problem.get("error_code", ""))
        self.details: Mapping[str, Any] = problem.get("details") or {}
        super().__init__(f"{status} {self.code}: {problem.get('detail', '')}".strip(" :"))


class BackendUnreachableError(Exception):
    """Nothing that speaks HTTP answers at the address."""


@dataclass
class _SignedIn:
    """The two tokens of whoever asks. The refresh token can be used once, so only one thread at a time may."""

    access: str
    refresh: str
    turning: threading.Lock = field(default_factory=threading.Lock)


class Api:
    """One address, and who asks. Every answer is JSON; what is no success is an `ApiError`.

    An https address is verified against `ca` and nothing else.
    """

    def __init__(self, address: str, ca: Path | None = None, signed_in: _SignedIn | None = None) -> None:
        self.address = address
        self._ca = ca
        self._signed_in = signed_in

    def sign_in(self, email: str, password: str) -> Self:
        """The same address for this person. Raises `ApiError` with the code INVALID_CREDENTIALS."""
        answer = self.post("/auth/sign-in", {"email": email, "password": password})
        return type(self)(self.address, self._ca, _SignedIn(answer["access_token"], answer["refresh_token"]))

    def get(self, path: str, **filters: str) -> Any:
        return self._ask("GET", f"{path}?{urlencode(filters)}" if filters else path)

    def every(self, path: str, **filters: str) -> Iterator[Any]:
        """Every item of a list, over all its pages."""
        cursor: dict[str, str] = {}
        while True:
            page = self.get(path, **filters, **cursor)
            yield from page["items"]
            if not page["next_cursor"]:
                return
            cursor = {"cursor": page["next_cursor"]}

    def post(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        return self._send("POST", path, body)

    def put(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        return self._send("PUT", path, body)

    def post_photo(self, path: str, photo: bytes) -> Any:
        # The first bytes say what kind of picture it is; the backend goes by them.
        return self._ask("POST", path, photo, {"Content-Type": "application/octet-stream"})

    def post_file(self, path: str, packed: bytes) -> Any:
        return self._ask("POST", path, packed, {"Content-Type": "application/zip"})

    def _send(self, method: str, path: str, body: Mapping[str, Any] | None) -> Any:
        if body is None:
            return self._ask(method, path)
        return self._ask(method, path, json.dumps(body).encode(), {"Content-Type": "application/json"})

    def _ask(self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None) -> Any:
        if self._signed_in is None:
            return self._once(method, path, body, headers or {})
        token = self._signed_in.access
        try:
            return self._once(method, path, body, {**(headers or {}), "Authorization": f"Bearer {token}"})
        except ApiError as error:
            if error.code != "NOT_SIGNED_IN":
                raise
        token = self._refreshed(self._signed_in, token)
        return self._once(method, path, body, {**(headers or {}), "Authorization": f"Bearer {token}"})

    def _refreshed(self, signed_in: _SignedIn, over: str) -> str:
        """An access token in place of one that is over, unless another thread has got it already."""
        with signed_in.turning:
            if signed_in.access == over:
                given = json.dumps({"refresh_token": signed_in.refresh}).encode()
                headers = {"Content-Type": "application/json", "Idempotency-Key": str(uuid.uuid4())}
                answer = self._once("POST", "/auth/refresh", given, headers)
                signed_in.access, signed_in.refresh = answer["access_token"], answer["refresh_token"]
            return signed_in.access

    def _once(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Any:
        connection = connect(self.address, self._ca, _SECONDS)
        try:
            target = quote(_ROOT + path, safe="/?&=%")
            connection.request(method, target, body, {"Accept": "application/json", **headers})
            answer = connection.getresponse()
            status, content = answer.status, answer.read()
        except (OSError, HTTPException) as error:
            raise BackendUnreachableError(f"{self.address} does not answer: {error}") from error
        finally:
            connection.close()
        return _read(status, content)


def connect(address: str, ca: Path | None, seconds: float) -> HTTPConnection:
    """A connection, not open yet, to an address of ours. `ca` is who vouches for it where it is https."""
    parts = urlsplit(address)
    if parts.scheme == "https":
        trusting = ssl.create_default_context(cafile=ca)
        return HTTPSConnection(parts.hostname or "", parts.port, timeout=seconds, context=trusting)
    return HTTPConnection(parts.hostname or "", parts.port, timeout=seconds)


def _read(status: int, content: bytes) -> Any:
    try:
        parsed = json.loads(content) if content else None
    except ValueError:
        parsed = None
    if status >= HTTPStatus.BAD_REQUEST:
        raise ApiError(status, parsed if isinstance(parsed, dict) else {})
    return parsed
