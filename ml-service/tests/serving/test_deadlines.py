"""The caller's patience is read from its header, and nonsense in it is told."""

import time

import pytest
from starlette.requests import Request

from attendance_kit.errors import InvalidRequest
from attendance_ml.serving.deadlines import Deadline, DeadlineExceeded, deadline_of


def request(value: str | None) -> Request:
    headers = [] if value is None else [(b"x-request-timeout-ms", value.encode("latin-1"))]
    return Request({"type": "http", "headers": headers})


def test_without_the_header_there_is_no_deadline() -> None:
    deadline = deadline_of(request(None))
    deadline.check()
    assert deadline == Deadline(None)


def test_the_header_counts_from_now() -> None:
    before = time.monotonic()
    at = deadline_of(request("1500")).at
    assert at is not None
    assert before + 1.5 <= at <= time.monotonic() + 1.5


def test_no_time_left_is_a_deadline_that_has_passed() -> None:
    with pytest.raises(DeadlineExceeded):
        deadline_of(request("0")).check()


@pytest.mark.parametrize("value", ["soon", "-1", "1.5", "", "9999999999", "²"])
def test_nonsense_is_refused(value: str) -> None:
    with pytest.raises(InvalidRequest):
        deadline_of(request(value))
