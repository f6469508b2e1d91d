"""What a service does with a body that is announced as too large.

FastAPI's own limit counts the bytes and stops reading, but answers an announced excess with plain text and closes the
connection under the sender, who then may never see why. Here the excess is read and thrown away, and told as a problem.
"""

from collections.abc import Callable

from starlette.datastructures import Headers
from starlette.formparsers import MultiPartParser
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

DRAINED_TIMES_LIMIT = 4
"""A sender may waste this many times the limit before the connection is closed under it after all."""


class AnnouncedBodyLimit:
    """ASGI middleware: refuses a request whose Content-Length is above `limit` bytes."""

    def __init__(self, app: ASGIApp, limit: int, refuse: Callable[[int], Response]) -> None:
        self.app = app
        self.limit = limit
        self.refuse = refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        announced = Headers(scope=scope).get("content-length", "") if scope["type"] == "http" else ""
        if not announced.isdigit() or int(announced) <= self.limit:
            await self.app(scope, receive, send)
            return
        await self._drain(receive)
        await self.refuse(int(announced))(scope, receive, send)

    async def _drain(self, receive: Receive) -> None:
        drained, more = 0, True
        while more and drained <= self.limit * DRAINED_TIMES_LIMIT:
            message = await receive()
            drained += len(message.get("body", b""))
            more = message.get("more_body", False)


def keep_uploads_in_memory(limit: int) -> None:
    """Let the form parser spool nothing to disk below `limit` bytes: no uploaded photo may lie in a temp folder."""
    MultiPartParser.spool_max_size = limit
