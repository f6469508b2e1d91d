"""What every answer says of who may keep it."""

import httpx2
import pytest

from attendance_kit.privacy import PRIVATE


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/onward", 200),
        ("GET", "/teapot", 418),
        ("GET", "/crash", 500),
        ("GET", "/nowhere", 404),
        ("POST", "/onward", 405),
        ("GET", "/health/live", 200),
    ],
)
def test_an_answer_is_kept_by_nobody_and_guessed_at_by_nobody(
    client: httpx2.Client, method: str, path: str, status: int
) -> None:
    answer = client.request(method, path)

    assert answer.status_code == status
    assert {name: answer.headers[name] for name in PRIVATE} == PRIVATE


def test_what_is_refused_for_its_size_is_as_private(client: httpx2.Client) -> None:
    answer = client.post("/size", content=b" " * (2 * 1024 * 1024), headers={"Content-Type": "application/json"})

    assert answer.status_code == 413
    assert {name: answer.headers[name] for name in PRIVATE} == PRIVATE


def test_an_answer_that_says_otherwise_has_its_way(client: httpx2.Client) -> None:
    answer = client.get("/brochure")

    assert answer.headers.get_list("Cache-Control") == ["public"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
