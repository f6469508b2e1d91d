"""What a browser adds to a request: the cookie that signs it in, and the page it comes from. It knows no user."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from fastapi import Depends, Request, Response
from fastapi.requests import HTTPConnection
from starlette.datastructures import Headers

from attendance_backend.provide import provided
from attendance_kit.errors import ServiceError

SAFE_METHODS = frozenset(["GET", "HEAD", "OPTIONS"])
PLAIN_NAME, SECURE_NAME = "attendance", "__Host-attendance"
DEVICE_LENGTH = 43
"""Characters of 32 random bytes in base64."""


class CrossSiteRequest(ServiceError):
    status, code, title = 403, "CROSS_SITE_REQUEST", "A cookie counts only for what our own pages ask"


@dataclass(frozen=True)
class BrowserCookie:
    """The cookie of this installation; the one place that decides how it looks.

    Browsers accept the prefix `__Host-` only together with Secure, for one host and the whole of it, and so only over
    TLS. Over plain HTTP they would drop such a cookie, so on loopback it goes without both.
    """

    secure: bool

    @property
    def name(self) -> str:
        return SECURE_NAME if self.secure else PLAIN_NAME

    def read(self, request: HTTPConnection) -> str | None:
        return request.cookies.get(self.name) or None

    def give(self, response: Response, token: str, lifetime: timedelta) -> None:
        self._set(response, self.name, token, lifetime)

    def read_device(self, request: HTTPConnection) -> str | None:
        """The secret by which the browser is known from before; None too where it can be none of ours."""
        told = request.cookies.get(f"{self.name}-device", "")
        return told if len(told) == DEVICE_LENGTH else None

    def give_device(self, response: Response, secret: str, lifetime: timedelta) -> None:
        self._set(response, f"{self.name}-device", secret, lifetime)

    def read_trip(self, request: HTTPConnection) -> str | None:
        """The secret of a sign-in that is under way at a provider."""
        return request.cookies.get(f"{self.name}-trip") or None

    def give_trip(self, response: Response, secret: str, lifetime: timedelta) -> None:
        self._set(response, f"{self.name}-trip", secret, lifetime)

    def take_trip_back(self, response: Response) -> None:
        self._take(response, f"{self.name}-trip")

    def _set(self, response: Response, name: str, value: str, lifetime: timedelta) -> None:
        seconds = int(lifetime.total_seconds())
        response.set_cookie(
            name, value, max_age=seconds, path="/", secure=self.secure, httponly=True, samesite="strict"
        )

    def take_back(self, response: Response) -> None:
        self._take(response, self.name)

    def _take(self, response: Response, name: str) -> None:
        response.delete_cookie(name, path="/", secure=self.secure, httponly=True, samesite="strict")

    def check_own_page(self, request: HTTPConnection) -> None:
        """Pass what a page of ours asks, by what the browser says of it: no page can set these headers itself.

        Raises:
            CrossSiteRequest: it is another site's page, or nothing tells which.
        """
        site = request.headers.get("Sec-Fetch-Site")
        own = self._is_own(request.headers) if site is None else site == "same-origin"
        if not own:
            raise CrossSiteRequest

    def _is_own(self, headers: Headers) -> bool:
        """By the page's origin, for browsers that say no more: they leave a scheme's own port out of both headers."""
        schemes = ("https",) if self.secure else ("http", "https")
        host = headers.get("Host")
        return host is not None and headers.get("Origin") in [f"{scheme}://{host}" for scheme in schemes]


Cookie = Annotated[BrowserCookie, Depends(provided(BrowserCookie))]


async def _own_page(request: Request, cookie: Cookie) -> None:
    cookie.check_own_page(request)


OWN_PAGE = Depends(_own_page)
"""Declared by a route that only our own pages may call, signed in or not."""
