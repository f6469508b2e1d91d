"""A program that takes webhooks: a real HTTP server that checks signatures as their specification says."""

import asyncio
import base64
import contextlib
import hashlib
import hmac
import socket
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

HANG = 0
"""As a status: it never answers."""
TOLERANCE = 300
"""Seconds that a timestamp may lie off, as the specification advises."""


@dataclass
class Receiver:
    """What was received, in its order: by whose secret it was signed, its id and its body."""

    url: str = ""
    status: int = 204
    secrets: dict[str, str] = field(default_factory=dict)
    taken: list[tuple[set[str], str, dict[str, Any]]] = field(default_factory=list)

    async def take(self, request: Request) -> Response:
        body = await request.body()
        signed_by = {name for name, secret in self.secrets.items() if is_signed(secret, request.headers, body)}
        self.taken.append((signed_by, request.headers["webhook-id"], await request.json()))
        if self.status == HANG:
            await asyncio.Event().wait()
        return Response(status_code=self.status, headers={"Location": f"{self.url}elsewhere"})

    async def received(self, number: int) -> None:
        """Wait until so many came."""
        async with asyncio.timeout(60):
            while len(self.taken) < number:  # noqa: ASYNC110  # nobody tells of it but the list
                await asyncio.sleep(0.05)


def is_signed(secret: str, headers: Any, body: bytes) -> bool:
    """Whether one of the signatures was made with the secret, over id, time and body, just now."""
    told = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode()
    key = base64.b64decode(secret.removeprefix("whsec_"))
    right = base64.b64encode(hmac.digest(key, told + body, hashlib.sha256)).decode()
    fresh = abs(time.time() - int(headers["webhook-timestamp"])) < TOLERANCE
    return fresh and f"v1,{right}" in headers["webhook-signature"].split(" ")


@contextlib.asynccontextmanager
async def a_receiver() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    app = Starlette(routes=[Route("/{rest:path}", receiver.take, methods=["POST", "GET"])])
    with socket.create_server(("127.0.0.1", 0)) as listener:
        receiver.url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        config = uvicorn.Config(app, log_config=None, lifespan="off", timeout_graceful_shutdown=0)
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve([listener]))
        try:
            yield receiver
        finally:
            server.should_exit = True
            await serving
