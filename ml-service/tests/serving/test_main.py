"""The service as a whole: it starts only complete, stays answerable while it works, and is what its OpenAPI says."""

import asyncio
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import httpx2
import pytest
from pydantic import SecretStr

from attendance_ml.faces import FaceEngine
from attendance_ml.samples import sample_photo
from attendance_ml.serving.main import make_service, openapi
from attendance_ml.serving.settings import MlSettings

COMMITTED = Path(__file__).parents[2] / "openapi.json"
SERVE = [sys.executable, "-m", "attendance_ml", "serve"]


def test_the_committed_openapi_is_the_services() -> None:
    assert json.loads(COMMITTED.read_text()) == openapi(), "run: make openapi"


def test_every_call_of_the_contract_is_there() -> None:
    assert set(openapi()["paths"]) == {
        *("/health", "/health/live", "/health/ready"),
        *(
            f"/api/ml/{name}"
            for name in ("encode-face", "detect-faces", "crop", "liveness", "match-faces", "batch-match", "recognize")
        ),
        "/api/ml/galleries/{gallery_id}",
        "/api/ml/models",
        "/api/ml/models/{model_id}/state",
    }


def test_every_reference_of_the_openapi_leads_somewhere() -> None:
    document = openapi()
    text = json.dumps(document)
    named = {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}
    assert named <= set(document["components"]["schemas"])


def test_the_openapi_tells_every_status_a_photo_can_be_refused_with() -> None:
    calls = {name: openapi()["paths"][f"/api/ml/{name}"]["post"]["responses"] for name in ("encode-face", "recognize")}
    for responses in calls.values():
        assert {"400", "401", "413", "415", "422", "503", "504"} <= set(responses)
        assert all(
            "application/problem+json" in responses[status]["content"] for status in responses if status != "200"
        )
    assert "NO_FACE_FOUND" in calls["encode-face"]["422"]["description"]
    assert "NO_FACE_FOUND" not in calls["recognize"]["422"]["description"]


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"ML_API_KEYS": " , "}, "ML_API_KEYS"),
        ({}, "ml_api_keys"),
        ({"ML_API_KEYS": "secret-key", "PORT": "http"}, "port"),
        ({"ML_API_KEYS": "secret-key", "SMART_ATTENDANCE_CACHE": "/nonexistent"}, "models fetch"),
    ],
)
def test_an_incomplete_service_does_not_start_and_says_what_is_missing(settings: dict[str, str], told: str) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "ML_API_KEYS"} | settings
    ended = subprocess.run(SERVE, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 1
    assert told in ended.stderr
    assert "Traceback" not in ended.stderr
    assert "secret-key" not in ended.stderr + ended.stdout


async def answers_of(load: object, *paths: str, then: Callable[[], object] = lambda: None) -> list[httpx2.Response]:
    service = make_service(MlSettings(ml_api_keys=SecretStr("k")), load)  # type: ignore[arg-type]
    transport = httpx2.ASGITransport(service)
    async with (
        service.router.lifespan_context(service),
        httpx2.AsyncClient(transport=transport, base_url="http://ml", headers={"X-API-Key": "k"}) as http,
    ):
        await asyncio.sleep(0.05)
        answers = [await http.get(path) for path in paths]
        then()  # the service ends only once its models have loaded or failed to
        return answers


async def test_while_models_load_health_says_starting_and_calls_say_when_to_come_back() -> None:
    gate = threading.Event()

    def slow(_: str) -> FaceEngine:
        gate.wait()
        raise RuntimeError("never mind")

    health, call = await answers_of(slow, "/health/ready", "/api/ml/models", then=gate.set)
    assert (health.status_code, health.json()["status"], health.json()["models_loaded"]) == (503, "starting", False)
    assert (call.status_code, call.json()["error_code"]) == (503, "MODELS_NOT_READY")
    assert call.headers["retry-after"] == "1"


async def test_models_that_fail_to_load_leave_the_service_unready_but_alive() -> None:
    def broken(_: str) -> FaceEngine:
        raise OSError("no such processor")

    live, ready = await answers_of(broken, "/health/live", "/health/ready")
    assert (live.status_code, ready.status_code) == (200, 503)


async def test_health_answers_while_photos_are_worked_on(ml_url: str) -> None:
    photo = sample_photo("obama.jpg").read_bytes()
    key = {"X-API-Key": "test-key-one"}
    async with httpx2.AsyncClient(base_url=ml_url, timeout=60) as http:
        work = [asyncio.create_task(http.post("/api/ml/detect-faces", content=photo, headers=key)) for _ in range(24)]
        await asyncio.sleep(0.05)
        during = 0
        while not all(task.done() for task in work):
            assert (await http.get("/health")).status_code == 200
            during += not all(task.done() for task in work)
        done = await asyncio.gather(*work)
    assert all(answer.status_code == 200 for answer in done)
    assert during >= 3
