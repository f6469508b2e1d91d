"""Ids of the caller are carried in, on and back; made-up ones only where none came."""

import re

import httpx2

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def test_the_callers_ids_come_back_and_go_on(client: httpx2.Client) -> None:
    answer = client.get("/onward", headers={"X-Request-ID": "lesson-7", "traceparent": TRACE})
    assert answer.headers["x-request-id"] == "lesson-7"
    assert answer.headers["traceparent"].split("-")[1] == TRACE.split("-")[1]
    assert answer.json()["X-Request-ID"] == "lesson-7"
    assert answer.json()["traceparent"].split("-")[1] == TRACE.split("-")[1]


def test_without_ids_new_ones_are_made_and_differ(client: httpx2.Client) -> None:
    first, second = client.get("/onward"), client.get("/onward")
    assert first.headers["x-request-id"] != second.headers["x-request-id"]
    assert re.fullmatch(r"00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]", first.headers["traceparent"])
    assert first.headers["traceparent"] != second.headers["traceparent"]


def test_an_id_that_could_forge_a_log_line_is_replaced(client: httpx2.Client) -> None:
    answer = client.get("/onward", headers={"X-Request-ID": 'x" level="error'})
    assert re.fullmatch(r"[0-9a-f]{32}", answer.headers["x-request-id"])
