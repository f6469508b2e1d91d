"""Who is let in while others wait: so many calls and so many bytes at once, judged before a body is read.

What is refused is told when to come back; its body is thrown away as it arrives, never kept.
"""

import asyncio
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry, Gauge
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from attendance_contract.errors import ErrorCode
from attendance_contract.images import MAX_BODY_BYTES
from attendance_kit.bodies import drain
from attendance_kit.errors import ServiceError
from attendance_ml.faces.stages import watched_by
from attendance_ml.serving.deadlines import PRESENCE, Deadline, DeadlineExceeded, Presence
from attendance_ml.serving.watching import RECEIVE, CallWatch, WorkMetrics

MAX_RETRY_AFTER = 60
WEIGHT = 0.1
"""Of the newest interval in the running mean: it follows a change of the work within some ten calls."""


class Overloaded(ServiceError):
    status, code, title = 503, ErrorCode.OVERLOADED, "More photos are waiting than can be worked on"


class Places:
    """Places for calls, and room for their bodies. Used from the event loop only, so it needs no lock.

    Args:
        places: calls inside at once, worked on or waiting.
        room: bytes of all their bodies; a call that is alone always has room.
        clock: seconds that never step back.
    """

    def __init__(self, places: int, room: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.places = places
        self.room = room
        self.inside = 0
        self.bytes_inside = 0
        self._clock = clock
        self._since = clock()
        self._interval: float | None = None

    def enter(self, size: int) -> None:
        """Take a place for a call whose body has `size` bytes; `leave` gives it back.

        Raises:
            Overloaded: there is no place, or no room for so much.
        """
        if self.inside >= self.places or (self.inside and self.bytes_inside + size > self.room):
            raise Overloaded("Try again then.", headers={"Retry-After": str(self.retry_after())})
        if not self.inside:
            self._since = self._clock()
        self.inside += 1
        self.bytes_inside += size

    def leave(self, size: int) -> None:
        self.inside -= 1
        self.bytes_inside -= size
        now = self._clock()
        spent, self._since = now - self._since, now
        self._interval = spent if self._interval is None else self._interval + WEIGHT * (spent - self._interval)

    def retry_after(self) -> int:
        """Whole seconds until half of what waits will be done, by how fast calls have left so far.

        Half, for if everyone who was refused came back only when all was done, the workers would run dry.
        """
        seconds = self.inside * (self._interval or 0) / 2
        return min(max(math.ceil(seconds), 1), MAX_RETRY_AFTER)


@dataclass
class _Listener:
    """A call's `receive`, which goes on listening after the body, to notice when the caller goes away."""

    receive: Receive
    watch: CallWatch
    _started: float = field(default_factory=time.perf_counter)
    _end: "asyncio.Task[Message] | None" = None

    async def __call__(self) -> Message:
        if self._end is not None:
            return await asyncio.shield(self._end)
        message = await self.receive()
        if message["type"] == "http.disconnect":
            self.watch.deadline.presence.is_over = True
        elif not message.get("more_body", False):
            self.watch.took(RECEIVE, time.perf_counter() - self._started)
            self._end = asyncio.create_task(self._wait_for_end())
        return message

    async def _wait_for_end(self) -> Message:
        message = await self.receive()
        self.watch.deadline.presence.is_over = True
        return message

    def stop(self) -> None:
        if self._end is not None:
            self._end.cancel()


class Admission:
    """ASGI middleware: a call with a body needs a place from before the body is read until it is answered.

    Args:
        app: what answers.
        prefix: of the paths that it is about.
        places: what is shared by all calls.
        metrics: of their stages.
        refuse: the answer to an error.
    """

    def __init__(
        self,
        app: ASGIApp,
        prefix: str,
        places: Places,
        metrics: WorkMetrics,
        refuse: Callable[[ServiceError], Response],
    ) -> None:
        self.app = app
        self.prefix = prefix
        self.places = places
        self.metrics = metrics
        self.refuse = refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        brings_work = scope["type"] == "http" and scope["method"] in {"POST", "PUT"}
        if not brings_work or not scope["path"].startswith(self.prefix):
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        announced = headers.get("content-length", "")
        size = int(announced) if announced.isdigit() else MAX_BODY_BYTES
        try:
            self.places.enter(size)
        except Overloaded as error:
            if "expect" not in headers:  # who waits for a go-ahead has sent nothing yet
                await drain(receive, MAX_BODY_BYTES)
            await self.refuse(error)(scope, receive, send)
            return
        await self._let_in(scope, receive, send, size)

    async def _let_in(self, scope: Scope, receive: Receive, send: Send, size: int) -> None:
        scope[PRESENCE] = presence = Presence()
        watch = self.metrics.watch(Deadline(None, presence))
        listener = _Listener(receive, watch)
        try:
            with watched_by(watch):
                await self.app(scope, listener, send)
        except ClientDisconnect:
            self.metrics.dropped.labels(RECEIVE).inc()
            await self.refuse(DeadlineExceeded("The caller went away before the body was complete."))(
                scope, receive, send
            )
        finally:
            listener.stop()
            self.places.leave(size)


def show_places(places: Places, registry: CollectorRegistry) -> None:
    """Metrics of what is inside."""
    Gauge("ml_calls_inside", "Calls waiting or worked on.", registry=registry).set_function(lambda: places.inside)
    Gauge("ml_body_bytes_inside", "Announced bytes of those calls.", registry=registry).set_function(
        lambda: places.bytes_inside
    )
