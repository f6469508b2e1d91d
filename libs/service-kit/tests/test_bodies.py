"""Too much is refused with a code that arrives, and uploads stay in memory."""

from collections.abc import Iterator

import httpx2
import pytest

from attendance_contract.images import MAX_BODY_BYTES


def test_an_announced_excess_is_refused_and_the_sender_hears_why(client: httpx2.Client) -> None:
    answer = client.post("/size", content=bytes(MAX_BODY_BYTES + 1))
    assert (answer.status_code, answer.json()["error_code"]) == (413, "REQUEST_TOO_LARGE")
    assert answer.json()["details"]["limit"] == MAX_BODY_BYTES


def test_an_unannounced_excess_is_refused_too(client: httpx2.Client) -> None:
    def chunks() -> Iterator[bytes]:
        for _ in range(30):
            yield bytes(1024 * 1024)

    try:
        answer = client.post("/size", content=chunks())
    except httpx2.WriteError:  # the connection was closed while we were still sending
        return
    assert (answer.status_code, answer.json()["error_code"]) == (413, "REQUEST_TOO_LARGE")


@pytest.mark.parametrize("announced", [True, False])
def test_json_is_refused_long_before_an_image_would_be(client: httpx2.Client, *, announced: bool) -> None:
    table = b'{"cups": 1, "guests": "' + bytes(1024 * 1024) + b'"}'
    answer = client.post(
        "/orders/1", content=table if announced else iter([table]), headers={"Content-Type": "application/json"}
    )
    assert (answer.status_code, answer.json()["error_code"]) == (413, "REQUEST_TOO_LARGE")


def test_the_limit_itself_is_let_through(client: httpx2.Client) -> None:
    assert client.post("/size", content=bytes(MAX_BODY_BYTES)).json() == MAX_BODY_BYTES


def test_an_upload_of_many_megabytes_is_not_spooled_to_disk(client: httpx2.Client) -> None:
    rolled_to_disk = client.post("/upload", files={"image": bytes(8 * 1024 * 1024)}).json()
    assert rolled_to_disk is False
