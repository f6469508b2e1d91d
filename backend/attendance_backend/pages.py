"""The built web app, served on the API's own address: its pages, its assets, and what browsers may do with them.

It serves the files of one folder and nothing beside it, and compresses nothing: the build did.
"""

import os
import secrets
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import anyio
from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import FileResponse, HTMLResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.staticfiles import NotModifiedResponse

from attendance_backend.access import PUBLIC
from attendance_backend.settings import START_PAGE
from attendance_kit.errors import NotFound

ASSETS = "assets"
NOT_PAGES = frozenset([ASSETS, "api", "health", "metrics", "openapi.json"])
"""First parts of paths that no page of the web app has: what is unknown below them is told as a problem."""
NONCE = "__CSP_NONCE__"
"""What the build writes wherever a page names the nonce of its answer (`html.cspNonce` of Vite)."""
FOREVER, REVALIDATED = "public, max-age=31536000, immutable", "no-cache"
SUFFIXES = {"br": ".br", "gzip": ".gz"}
"""Ends of the names of the files that the build compressed, the smaller first."""
MEDIA_TYPES = {
    ".css": "text/css",
    ".ico": "image/x-icon",
    ".jpg": "image/jpeg",
    ".js": "text/javascript",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}
"""Not the machine's own table: where that calls a script plain text, `nosniff` lets no browser run it."""
POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' blob: data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "manifest-src": "'self'",
    "worker-src": "'self'",
    "media-src": "'self' blob:",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}


def _written(policy: Mapping[str, str]) -> str:
    return "; ".join(f"{directive} {sources}" for directive, sources in policy.items())


# No Strict-Transport-Security: a certificate of one's own making is not trusted by every device, and the header would
# take from those the way past the warning, and plain HTTP from every other service of that host.
PROTECTION = {
    "Content-Security-Policy": _written(POLICY),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
READING = ("GET", "HEAD")
WRITING = ("POST", "PUT", "PATCH", "DELETE", "OPTIONS")


class Found(NamedTuple):
    """A file to send, compressed as `encoding` if that is told."""

    path: str
    status: os.stat_result
    encoding: str | None


def pages(root: Path) -> APIRouter:
    """The routes of the web app in a folder, for whatever no route of the API matches."""
    app = WebApp(root)
    router = APIRouter(dependencies=[PUBLIC], include_in_schema=False)
    router.add_api_route(f"/{ASSETS}/{{path:path}}", app.asset, methods=[*READING])
    router.add_api_route("/{path:path}", app.page, methods=[*READING, *WRITING])
    return router


class WebApp:
    """Answers with the files of a folder, and with its start page to every address that the web app itself reads."""

    def __init__(self, root: Path) -> None:
        self._start = root / START_PAGE
        self._files = StaticFiles(directory=root)

    async def asset(self, path: str, request: Request) -> Response:
        """A file whose name changes with what is in it, or a 404."""
        found = await self._find(f"{ASSETS}/{path}", request)
        if found is None:
            raise NotFound
        return self._sent(found, path, FOREVER, request)

    async def page(self, path: str, request: Request) -> Response:
        """A file of the folder; for an address that a person opened and no file has, the start page; or a 404."""
        if request.method not in READING or path.split("/", maxsplit=1)[0] in NOT_PAGES:
            raise NotFound
        if path in {"", START_PAGE}:
            return await self._start_page()
        found = await self._find(path, request)
        if found:
            return self._sent(found, path, REVALIDATED, request)
        if _is_navigation(request):
            return await self._start_page()
        raise NotFound

    async def _start_page(self) -> Response:
        """The start page with a fresh nonce, which is why no browser may take up an old one unasked."""
        nonce = secrets.token_urlsafe(16)
        text = (await anyio.Path(self._start).read_text("utf-8")).replace(NONCE, nonce)
        policy = _written({**POLICY, "style-src": f"'self' 'nonce-{nonce}'"})
        headers = {**PROTECTION, "Cache-Control": REVALIDATED, "Content-Security-Policy": policy}
        return HTMLResponse(text, headers=headers)

    def _sent(self, found: Found, path: str, caching: str, request: Request) -> Response:
        headers = {**PROTECTION, "Cache-Control": caching, "Vary": "Accept-Encoding"}
        if found.encoding:
            headers["Content-Encoding"] = found.encoding
        media_type = MEDIA_TYPES.get(Path(path).suffix, "application/octet-stream")
        response = FileResponse(found.path, headers=headers, media_type=media_type, stat_result=found.status)
        unchanged = self._files.is_not_modified(response.headers, request.headers)
        return NotModifiedResponse(response.headers) if unchanged else response

    async def _find(self, path: str, request: Request) -> Found | None:
        """The file of a path below the folder, compressed if there is a form of it that the client takes."""
        if not all(_is_name(part) for part in path.split("/")):
            return None
        accepted = _accepted(request.headers.get("Accept-Encoding", ""))
        return await run_in_threadpool(self._look_up, path, [name for name in SUFFIXES if name in accepted])

    def _look_up(self, path: str, encodings: list[str]) -> Found | None:
        plain = self._file(path)
        smaller = [Found(*file, name) for name in encodings if plain and (file := self._file(path + SUFFIXES[name]))]
        return next(iter(smaller), plain and Found(*plain, None))

    def _file(self, path: str) -> tuple[str, os.stat_result] | None:
        """A regular file that lies in the folder, where links are followed to."""
        try:
            full_path, status = self._files.lookup_path(path)
        except (OSError, ValueError):
            return None
        return (full_path, status) if status and stat.S_ISREG(status.st_mode) else None


def _is_name(part: str) -> bool:
    """Whether a part of a path is a name and nothing that leads elsewhere."""
    return part not in {"", ".", ".."} and "\\" not in part


def _is_navigation(request: Request) -> bool:
    """Whether a person opens the address, rather than a page what it is made of."""
    return request.headers.get("Sec-Fetch-Mode") == "navigate" or "text/html" in request.headers.get("Accept", "")


def _accepted(header: str) -> frozenset[str]:
    """The encodings that an Accept-Encoding names, without those it gives no weight."""
    weights = {}
    for offer in header.lower().split(","):
        name, _, weight = offer.replace(" ", "").partition(";q=")
        weights[name] = weight
    return frozenset(name for name, weight in weights.items() if weight.strip("0.") or not weight)
