"""What a service does with a body that is announced as too large, and with JSON that is.

FastAPI's own limit counts the bytes and stops reading, but answers an announced excess with plain text and closes the
connection under the sender, who then may never see why. Here the excess is read and thrown away, and told as a problem.

JSON has a limit of its own: it is read before anybody asks who sends it, and becomes thirty times as large in memory.
"""

from collections.abc import Callable, Mapping

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartParser
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

DRAINED_TIMES_LIMIT = 4
"""A sender may waste this many times the limit before the connection is closed under it after all."""


class BodyLimits:
    """ASGI middleware: refuses a request whose Content-Length is above `limit` bytes, and JSON above `json_limit`.

    `limits` are other ones, by media type. `refuse` is given the announced and the allowed number of bytes.
    """

    def __init__(
        self,
        app: ASGIApp,
        limit: int,
        json_limit: int,
        limits: Mapping[str, int],
        refuse: Callable[[int, int], Response],
    ) -> None:
        self.app = app
        self.limit = limit
        self.json_limit = json_limit
        self.limits = limits
        self.refuse = refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        limit = self._limit_of(headers.get("content-type", "").lower())
        announced = headers.get("content-length", "")
        if not announced.isdigit() or int(announced) <= limit:
            await self.app(scope, receive if limit == self.limit else _counted(receive, limit), send)
            return
        await drain(receive, self.limit)
        await self.refuse(int(announced), limit)(scope, receive, send)

    def _limit_of(self, content_type: str) -> int:
        if "json" in content_type:
            return self.json_limit
        return self.limits.get(content_type.partition(";")[0].strip(), self.limit)


async def drain(receive: Receive, limit: int) -> None:
    """Read a body and throw it away, so that its sender gets to reading the answer."""
    drained, more = 0, True
    while more and drained <= limit * DRAINED_TIMES_LIMIT:
        message = await receive()
        drained += len(message.get("body", b""))
        more = message.get("more_body", False)


def _counted(receive: Receive, limit: int) -> Receive:
    """For JSON whose length nobody announced: reading on behind the limit raises what is answered as 413."""
    read = 0

    async def receive_and_count() -> Message:
        nonlocal read
        message = await receive()
        read += len(message.get("body", b""))
        if read > limit:
            raise HTTPException(413)
        return message

    return receive_and_count


def keep_uploads_in_memory(limit: int) -> None:
    """Let the form parser spool nothing to disk below `limit` bytes: no uploaded photo may lie in a temp folder."""
    MultiPartParser.spool_max_size = limit
