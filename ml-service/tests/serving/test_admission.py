"""So many calls and bytes are let in and no more; who is refused hears when to come back, who leaves is not served."""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from http.client import HTTPConnection, HTTPResponse
from urllib.parse import urlsplit

import httpx2
import pytest

from attendance_ml.samples import sample_photo
from attendance_ml.serving.admission import Overloaded, Places

SECONDS = 60
MEGABYTE = 1024 * 1024


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def refusal(places: Places, size: int = 1) -> str:
    """The seconds to wait that a refused call is told."""
    with pytest.raises(Overloaded) as refused:
        places.enter(size)
    return refused.value.headers["Retry-After"]


def test_beyond_the_places_a_call_is_refused_until_one_leaves() -> None:
    places = Places(2, 100)
    places.enter(1)
    places.enter(1)
    assert refusal(places) == "1"
    places.leave(1)
    places.enter(1)
    assert (places.inside, places.bytes_inside) == (2, 2)


def test_beyond_the_room_a_call_is_refused_though_there_are_places() -> None:
    places = Places(10, 100)
    places.enter(60)
    assert refusal(places, 41) == "1"
    places.enter(40)
    assert places.bytes_inside == 100


def test_a_call_that_is_alone_has_room_whatever_its_size() -> None:
    places = Places(1, 100)
    places.enter(1000)
    places.leave(1000)
    assert (places.inside, places.bytes_inside) == (0, 0)


def test_the_wait_told_is_until_half_of_what_is_inside_is_done_at_the_pace_so_far() -> None:
    clock = Clock()
    places = Places(10, 100, clock)
    for _ in range(10):
        places.enter(1)
    for _ in range(60):
        clock.now += 2.0
        places.leave(1)
        places.enter(1)
    assert refusal(places) == "10"


def test_the_pace_is_that_of_busy_times_only() -> None:
    clock = Clock()
    places = Places(1, 100, clock)
    for _ in range(60):
        clock.now += 1000.0
        places.enter(1)
        clock.now += 4.0
        places.leave(1)
    places.enter(1)
    assert refusal(places) == "2"


def test_nobody_is_sent_away_for_more_than_a_minute() -> None:
    clock = Clock()
    places = Places(1, 100, clock)
    places.enter(1)
    clock.now += 10_000
    places.leave(1)
    places.enter(1)
    assert refusal(places) == "60"


@pytest.fixture(scope="module")
def small(another_service: Callable[..., AbstractContextManager[str]]) -> Iterator[str]:
    with another_service(ML_WORKERS="1", ML_QUEUE="1", ML_QUEUE_MB="2") as url:
        yield url


def announce(url: str, size: int, body: bytes = b"", **headers: str) -> HTTPConnection:
    """A call that says how much it will send, and has sent only `body` so far."""
    connection = HTTPConnection(urlsplit(url).netloc, timeout=SECONDS)
    connection.putrequest("POST", "/api/ml/encode-face")
    sent = {"X-API-Key": "test-key-one", "Content-Type": "image/jpeg", "Content-Length": str(size), **headers}
    for name, value in sent.items():
        connection.putheader(name, value)
    connection.endheaders(body)
    return connection


def metric(url: str, line: str) -> float:
    found = [row for row in httpx2.get(f"{url}/metrics", timeout=SECONDS).text.splitlines() if row.startswith(line)]
    return sum(float(row.split()[-1]) for row in found)


def wait_for(url: str, line: str, holds: Callable[[float], bool]) -> None:
    end = time.monotonic() + SECONDS
    while not holds(metric(url, line)):
        assert time.monotonic() < end, f"waited in vain for {line}"


def answer_of(connection: HTTPConnection) -> tuple[int, str | None, bytes]:
    response: HTTPResponse = connection.getresponse()
    return response.status, response.headers["Retry-After"], response.read()


def test_while_places_are_taken_calls_are_refused_health_answers_and_who_was_let_in_is_served(small: str) -> None:
    photo = sample_photo("obama.jpg").read_bytes()
    with ExitStack() as connections:
        held = [announce(small, len(photo)) for _ in range(2)]
        for connection in held:
            connections.callback(connection.close)
        wait_for(small, "ml_calls_inside", lambda inside: inside == 2)
        refused = announce(small, len(photo), photo)
        connections.callback(refused.close)
        status, retry_after, body = answer_of(refused)
        assert (status, retry_after) == (503, "1")
        assert b'"OVERLOADED"' in body
        assert httpx2.get(f"{small}/health", timeout=SECONDS).status_code == 200
        for connection in held:
            connection.send(photo)
        assert [answer_of(connection)[0] for connection in held] == [200, 200]
    wait_for(small, "ml_calls_inside", lambda inside: inside == 0)
    assert metric(small, 'ml_rejections_total{code="OVERLOADED"}') == 1


def test_a_body_that_there_is_no_room_for_is_refused_before_it_is_sent(small: str) -> None:
    with ExitStack() as connections:
        held = announce(small, MEGABYTE)
        connections.callback(held.close)
        wait_for(small, "ml_body_bytes_inside", lambda inside: inside == MEGABYTE)
        refused = announce(small, 2 * MEGABYTE, Expect="100-continue")
        connections.callback(refused.close)
        assert answer_of(refused)[0] == 503
    wait_for(small, "ml_calls_inside", lambda inside: inside == 0)
    wait_for(small, 'ml_dropped_total{stage="receive"}', lambda dropped: dropped >= 1)


def test_the_work_of_a_caller_that_hangs_up_is_dropped(small: str) -> None:
    photo = sample_photo("obama.jpg").read_bytes()
    end = time.monotonic() + SECONDS
    stages = [f'ml_dropped_total{{stage="{stage}"}}' for stage in ("queue", "decode", "detect", "align", "embed")]
    while not sum(metric(small, stage) for stage in stages):
        assert time.monotonic() < end, "everything was worked on though nobody waited"
        for connection in [announce(small, len(photo), photo) for _ in range(2)]:
            connection.sock.shutdown(socket.SHUT_RDWR)
            connection.close()
        wait_for(small, "ml_calls_inside", lambda inside: inside == 0)
    assert httpx2.get(f"{small}/health/ready", timeout=SECONDS).status_code == 200
