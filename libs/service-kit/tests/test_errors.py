"""Every failure is a problem document with a stable code, and tells nothing it should not."""

import httpx2
import pytest
import structlog

from attendance_contract.errors import PROBLEM_MEDIA_TYPE


def test_a_service_error_becomes_its_problem_document(client: httpx2.Client) -> None:
    answer = client.get("/teapot")
    assert answer.status_code == 418
    assert answer.headers["content-type"] == PROBLEM_MEDIA_TYPE
    assert answer.headers["retry-after"] == "3"
    assert answer.json() == {
        "type": "urn:smart-attendance:problem:teapot",
        "title": "This is a teapot",
        "status": 418,
        "detail": "I can't brew coffee.",
        "error_code": "TEAPOT",
        "request_id": answer.headers["x-request-id"],
        "details": {"limit": 1.0, "actual": 2.0},
        "success": False,
        "error": "I can't brew coffee.",
    }


def test_a_validation_failure_names_the_field_and_not_the_value(client: httpx2.Client) -> None:
    answer = client.post("/orders/1", json={"cups": "many", "password": "hunter2"})
    assert (answer.status_code, answer.json()["error_code"]) == (400, "INVALID_REQUEST")
    assert answer.json()["details"]["field"] == "cups"
    assert "many" not in answer.text
    assert "hunter2" not in answer.text


def test_a_field_name_of_a_megabyte_does_not_come_back(client: httpx2.Client) -> None:
    answer = client.post("/tasting", json={"x" * 1_000_000: 1})
    assert (answer.status_code, answer.json()["details"]["field"]) == (400, "x" * 100)
    assert len(answer.content) < 2_000


def test_a_body_that_is_no_json_is_no_field(client: httpx2.Client) -> None:
    answer = client.post("/orders/1", content=b'{"cups":', headers={"content-type": "application/json"})
    assert answer.status_code == 400
    assert "field" not in answer.json()["details"]
    assert answer.json()["detail"] == "JSON decode error"


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nowhere", 404, "NOT_FOUND"),
        ("DELETE", "/teapot", 405, "METHOD_NOT_ALLOWED"),
        ("POST", "/orders/1", 400, "INVALID_REQUEST"),
    ],
)
def test_the_frameworks_own_failures_speak_the_same_language(
    client: httpx2.Client, method: str, path: str, status: int, code: str
) -> None:
    answer = client.request(method, path, content=b"{not json", headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["error_code"]) == (status, code)


def test_an_unexpected_error_is_answered_without_its_message(client: httpx2.Client) -> None:
    with structlog.testing.capture_logs() as lines:
        answer = client.get("/crash")
    assert (answer.status_code, answer.json()["error_code"]) == (500, "INTERNAL_ERROR")
    assert "4711" not in answer.text
    assert "Traceback" not in answer.text
    # an access line may come after its answer has arrived, this one's as well as that of the test before
    assert [line["event"] for line in lines if line["event"] != "request"] == ["unexpected_error"]
