"""Every call of the API needs one of the keys; health and metrics need none."""

import httpx2
import pytest


@pytest.mark.parametrize("key", ["test-key-one", "test-key-two"])
def test_each_valid_key_is_let_through(anonymous: httpx2.Client, key: str) -> None:
    assert anonymous.get("/api/ml/models", headers={"X-API-Key": key}).status_code == 200


@pytest.mark.parametrize("headers", [{}, {"X-API-Key": "wrong"}, {"X-API-Key": ""}, {"X-API-Key": "test-key"}])
def test_no_key_and_a_wrong_key_are_refused(anonymous: httpx2.Client, headers: dict[str, str]) -> None:
    answer = anonymous.get("/api/ml/models", headers=headers)
    assert (answer.status_code, answer.json()["error_code"]) == (401, "INVALID_API_KEY")
    assert answer.json()["success"] is False


@pytest.mark.parametrize("path", ["/health", "/health/live", "/health/ready", "/metrics"])
def test_health_and_metrics_need_no_key(anonymous: httpx2.Client, path: str) -> None:
    assert anonymous.get(path).status_code == 200


@pytest.mark.parametrize("content", [b"{", b'{"query_embedding": ', b"{}"])
def test_a_stranger_hears_of_the_key_and_not_of_what_was_sent(anonymous: httpx2.Client, content: bytes) -> None:
    answer = anonymous.post("/api/ml/match-faces", content=content, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["error_code"]) == (401, "INVALID_API_KEY")
