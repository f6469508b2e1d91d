"""Takes no change while the disk has hardly any room: the embedded database loses its last change on a full one."""

import shutil
from pathlib import Path

from starlette.types import ASGIApp, Receive, Scope, Send

GROWING = {"POST", "PUT", "PATCH"}
"""What is taken away makes room."""
SIGNING_IN = "/api/v1/auth/"
"""Whoever is to make room has to get in; it takes a few hundred bytes."""
RESERVE_BYTES = 64 * 1024 * 1024
"""More than the photos that come in at a moment, and than the journal of the database, which grows by 10 MB."""


class KeepsRoom:
    """ASGI middleware: answers `refusal` to changes while the disk of `folder` has less than the reserve."""

    def __init__(self, app: ASGIApp, folder: Path, refusal: ASGIApp) -> None:
        self._app = app
        self._folder = folder
        self._refusal = refusal

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        grows = scope["type"] == "http" and scope["method"] in GROWING and not scope["path"].startswith(SIGNING_IN)
        is_full = grows and shutil.disk_usage(self._folder).free < RESERVE_BYTES
        await (self._refusal if is_full else self._app)(scope, receive, send)
