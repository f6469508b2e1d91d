"""Models over HTTP: what is listed, what can be asked for, and whose vectors a call makes."""

from typing import Any

import httpx2
import pytest

from attendance_contract.registry import ModelsAnswer, ModelState
from attendance_ml.samples import sample_photo

CURRENT = "sface@2021dec"
JPEG = {"content-type": "image/jpeg"}


def put_state(client: httpx2.Client, model: str, state: str) -> httpx2.Response:
    return client.put(f"/api/ml/models/{model}/state", json={"state": state})


def encode(client: httpx2.Client, **options: Any) -> httpx2.Response:
    photo = sample_photo("obama.jpg").read_bytes()
    return client.post("/api/ml/encode-face", content=photo, params=options, headers=JPEG)


def test_those_in_use_come_first_with_runtime_and_calibrations(client: httpx2.Client) -> None:
    answer = ModelsAnswer.model_validate(client.get("/api/ml/models").json())
    embedders = [model for model in answer.models if model.task == "embed"]
    assert (embedders[0].id, embedders[0].state) == (CURRENT, ModelState.CURRENT)
    assert embedders[0].runtime is not None
    assert len(embedders[0].calibrations) == 2
    assert {model.state for model in embedders[1:]} <= {ModelState.AVAILABLE}
    assert next(model for model in answer.models if model.task == "detect").state is ModelState.CURRENT


@pytest.mark.parametrize("state", ["current", "loaded"])
def test_the_current_model_stays_what_it_is(client: httpx2.Client, state: str) -> None:
    answer = put_state(client, CURRENT, state)
    assert (answer.status_code, answer.json()["model"]["state"]) == (200, "current")


@pytest.mark.parametrize(
    ("model", "state", "status", "code"),
    [
        (CURRENT, "available", 400, "INVALID_REQUEST"),
        (CURRENT, "loading", 400, "INVALID_REQUEST"),
        ("other@1", "loaded", 404, "NOT_FOUND"),
        ("yunet@2023mar", "current", 404, "NOT_FOUND"),
        ("hog", "current", 400, "INVALID_REQUEST"),
    ],
)
def test_a_state_that_can_not_be_is_refused(
    client: httpx2.Client, model: str, state: str, status: int, code: str
) -> None:
    answer = put_state(client, model, state)
    assert (answer.status_code, answer.json()["error_code"]) == (status, code)


def test_nobody_changes_models_without_a_key(anonymous: httpx2.Client) -> None:
    assert put_state(anonymous, CURRENT, "current").status_code == 401


def test_the_old_engines_names_choose_nothing(client: httpx2.Client) -> None:
    metadata = encode(client, model="hog", num_jitters=3).json()["metadata"]
    assert (metadata["model"], sorted(metadata["ignored"])) == (CURRENT, ["model", "num_jitters"])


def test_a_model_named_by_its_id_makes_the_vectors_or_nobody_does(client: httpx2.Client) -> None:
    metadata = encode(client, model=CURRENT).json()["metadata"]
    assert (metadata["model"], metadata["ignored"]) == (CURRENT, [])
    refused = encode(client, model="other@1")
    assert (refused.status_code, refused.json()["error_code"]) == (409, "MODEL_MISMATCH")
    assert CURRENT in refused.json()["detail"]
