"""Everything the ML service can do wrong with a photo, by name: each begins, and ends again."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager

from backend.tests.simulator import Simulator, Switches
from starlette.responses import Response, StreamingResponse

from attendance_contract.errors import ErrorCode

Fault = Callable[[Simulator], AbstractAsyncContextManager[None]]
LONG_SECONDS = 60.0
"""Longer than anybody waits."""


def switched(**switches: object) -> Fault:
    """The service with these switches, which are as before afterwards."""

    @contextlib.asynccontextmanager
    async def fault(simulator: Simulator) -> AsyncIterator[None]:
        simulator.switches = Switches(**switches)  # type: ignore[arg-type]  # each is of its own type, named above
        yield
        simulator.switches = Switches()

    return fault


@contextlib.asynccontextmanager
async def is_down(simulator: Simulator) -> AsyncIterator[None]:
    """Nobody listens: connections are refused."""
    await simulator.stop()
    yield
    await simulator.start()


@contextlib.asynccontextmanager
async def hangs_up(simulator: Simulator) -> AsyncIterator[None]:
    """Somebody listens, takes the call and closes it without a word."""
    await simulator.stop()

    async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async with await asyncio.start_server(hang_up, "127.0.0.1", simulator.port):
        yield
    await simulator.start()


def headers_and_no_more() -> Response:
    async def nothing() -> AsyncIterator[bytes]:
        await asyncio.sleep(LONG_SECONDS)
        yield b""

    return StreamingResponse(nothing(), media_type="application/json")


def half_a_body() -> Response:
    async def half() -> AsyncIterator[bytes]:
        yield b'{"success": true, "faces": ['
        raise ConnectionResetError

    return StreamingResponse(half(), media_type="application/json", headers={"Content-Length": "4096"})


FAULTS: dict[str, Fault] = {
    "down": is_down,
    "hangs up": hangs_up,
    "answers 503": switched(refuse_with=(503, ErrorCode.MODELS_NOT_READY)),
    "overloaded": switched(status=503, retry_after=30),
    "fails with 500": switched(refuse_with=(500, ErrorCode.INTERNAL_ERROR)),
    "slow": switched(delay=LONG_SECONDS),
    "hangs after the headers": switched(says=headers_and_no_more),
    "half a body": switched(says=half_a_body),
    "garbage": switched(garbage=True),
    "another model": switched(claims_model="other@1"),
    "wrong count": switched(miscounts_by=1),
}
