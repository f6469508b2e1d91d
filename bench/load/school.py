"""What all scenarios share: the plan they play, the browser that each person has, and the record of every answer."""

import json
import os
import time
import uuid
from collections.abc import Callable, Sequence
from http import HTTPStatus
from itertools import cycle
from pathlib import Path
from typing import Any

from locust import FastHttpUser, events
from locust.contrib.fasthttp import FastResponse

from attendance_bench.school.plan import COOKIE, PLAN, RECORD, Plan, Player

SCHOOL = Plan.read(Path(os.environ[PLAN]))
_RECORD = os.open(os.environ[RECORD], os.O_WRONLY | os.O_APPEND)
RETRIED = frozenset([0, 500, 502, 503, 504])
"""No answer at all, or none of the backend's own making: the app asks again with the same key."""
PATIENCE_SECONDS, PAUSE_SECONDS = 90, 0.5


@events.request.add_listener
def keep(
    *,
    request_type: str,
    name: str,
    response_time: float,
    response: FastResponse,
    start_time: float,
    context: dict[str, str],
    exception: Exception | None,
    **_: Any,
) -> None:
    """A line for each answer: when it was asked for, what, how many milliseconds, and the status (0: none came)."""
    line = {"at": start_time, "call": f"{request_type} {name}", "ms": round(response_time, 1), **context}
    line["status"] = response.status_code
    if exception is not None and not response.status_code:
        line["error"] = type(exception).__name__
    os.write(_RECORD, json.dumps(line).encode() + b"\n")


def succeeded(answer: FastResponse) -> bool:
    """Whether an answer came and is a success. (locust's own `ok` also holds where none came.)"""
    return HTTPStatus.OK <= answer.status_code < HTTPStatus.BAD_REQUEST


class Browser(FastHttpUser):
    """Somebody of the school at their browser. A subclass names whose they may be, who take it in turns."""

    abstract = True
    network_timeout = connection_timeout = PATIENCE_SECONDS
    host = SCHOOL.url
    people: Sequence[Player] = ()
    next_person: Callable[[], Player]

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        cls.next_person = cycle(cls.people).__next__

    def on_start(self) -> None:
        self.me = self.next_person()
        self.cookie = self.me.cookie

    def call(self, method: str, path: str, name: str = "", key: str = "", **options: Any) -> FastResponse:
        """One call of the app's, as its page makes it."""
        own = options.pop("headers", {})
        headers = {"Cookie": f"{COOKIE}={self.cookie}", "Sec-Fetch-Site": "same-origin", **own}
        if method != "GET":
            headers["Idempotency-Key"] = key or uuid.uuid4().hex
        return self.client.request(method, f"/api/v1{path}", name=name or path, headers=headers, **options)

    def insist(self, method: str, path: str, name: str, **options: Any) -> FastResponse:
        """A write that is asked for again with the same key until it is answered, as the app does."""
        key, end = uuid.uuid4().hex, time.monotonic() + PATIENCE_SECONDS
        while True:
            answer = self.call(method, path, name, key=key, **options)
            if answer.status_code not in RETRIED or time.monotonic() > end:
                return answer
            time.sleep(PAUSE_SECONDS)
