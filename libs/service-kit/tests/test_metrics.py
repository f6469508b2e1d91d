"""Requests are counted by route template, so that no id becomes a label."""

import httpx2


def test_requests_are_counted_by_template_method_and_status(client: httpx2.Client) -> None:
    client.post("/orders/42", json={"cups": 1})
    client.get("/nested/cups/4711")
    client.get("/no-such-page-4711")
    text = client.get("/metrics").text
    assert 'http_requests_total{method="POST",route="/orders/{table}",status="200"}' in text
    assert 'route="/nested/cups/{cup}",status="200"' in text
    assert 'route="unmatched",status="404"' in text
    assert "http_request_duration_seconds_bucket" in text
    assert "process_resident_memory_bytes" in text
    assert "4711" not in text


def test_made_up_methods_are_one_label(client: httpx2.Client) -> None:
    for number in range(3):
        client.request(f"BREW{number}", "/teapot")

    text = client.get("/metrics").text

    assert "BREW" not in text
    assert 'http_requests_total{method="other",route="/teapot",status="405"} 3.0' in text
