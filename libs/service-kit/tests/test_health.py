"""Health says what is usable, always answers, and needs no key."""

import httpx2
import pytest

from attendance_kit import health


def test_a_ready_service_says_so(client: httpx2.Client) -> None:
    answer = client.get("/health/ready")
    assert answer.status_code == 200
    assert answer.json().items() >= {"status": "ok", "service": "tea", "checks": {"kettle": "ok"}}.items()
    assert "models_loaded" not in answer.json()


def test_a_broken_dependency_makes_it_unready_but_alive(
    client: httpx2.Client, dependency: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dependency, "usable", False)
    assert client.get("/health").status_code == 503
    assert client.get("/health").json()["checks"] == {"kettle": "unavailable"}
    live = client.get("/health/live")
    assert live.status_code == 200
    assert live.json().items() >= {"status": "ok", "service": "tea", "version": "1.0"}.items()
    assert live.json()["uptime_seconds"] > 0


def test_a_hanging_dependency_does_not_hang_health(
    client: httpx2.Client, dependency: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dependency, "seconds", 3600)
    monkeypatch.setattr(health, "CHECK_SECONDS", 0.05)
    assert client.get("/health").json()["status"] == "unavailable"


async def test_models_still_loading_count_as_starting() -> None:
    report = await health.Health("ml", "1.0", {}, models_loaded=lambda: False).report()
    assert report.status == "starting"
