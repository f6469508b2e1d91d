"""The three ways to send an image lead to the same call, and what is wrong is said."""

import base64
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
from fastapi import APIRouter, Request

from attendance_contract.errors import MlProblem
from attendance_contract.models import RecognizeOptions, RecognizeRequest
from attendance_kit.health import Health
from attendance_kit.metrics import new_registry
from attendance_kit.service import create_service
from attendance_ml.serving.images import read_image_call

PHOTO = b"\xff\xd8\xff" + bytes(range(256)) * 40
GALLERY = {"model": "sface@2021dec", "students": [{"student_id": "s1", "embeddings": [[1.0, 0.0]]}]}


@pytest.fixture
async def http() -> AsyncIterator[httpx2.AsyncClient]:
    router = APIRouter()

    @router.post("/echo")
    async def echo(request: Request) -> dict[str, Any]:
        call = await read_image_call(request, RecognizeOptions, RecognizeRequest)
        gallery = call.gallery and call.gallery.model_dump()
        return {"same": call.image == PHOTO, "expected": call.options.expected_faces, "gallery": gallery}

    health = Health("echo", "1", {})
    service = create_service(
        title="Echo", version="1", health=health, registry=new_registry(), routers=[router], problem=MlProblem
    )
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(service), base_url="http://echo") as client:
        yield client


def ways(expected: int) -> dict[str, dict[str, Any]]:
    text = base64.b64encode(PHOTO).decode()
    return {
        "raw": {"content": PHOTO, "headers": {"content-type": "image/jpeg"}, "params": {"expected_faces": expected}},
        "multipart": {"files": {"image": PHOTO}, "data": {"expected_faces": str(expected)}},
        "json": {"json": {"image_base64": text, "expected_faces": expected}},
        "data-url": {"json": {"image_base64": f"data:image/jpeg;base64,{text}", "expected_faces": expected}},
    }


@pytest.mark.parametrize("way", ways(0))
async def test_every_way_brings_the_same_image_and_options(http: httpx2.AsyncClient, way: str) -> None:
    answer = await http.post("/echo", **ways(30)[way])
    assert answer.json() == {"same": True, "expected": 30, "gallery": None}


@pytest.mark.parametrize("as_file", [True, False])
async def test_a_form_brings_image_and_gallery_together(http: httpx2.AsyncClient, as_file: bool) -> None:
    text = json.dumps(GALLERY)
    form: dict[str, Any] = (
        {"files": {"image": PHOTO, "gallery": ("gallery.json", text, "application/json")}}
        if as_file
        else {"files": {"image": PHOTO}, "data": {"gallery": text}}
    )
    assert (await http.post("/echo", **form)).json() == {"same": True, "expected": None, "gallery": GALLERY}


@pytest.mark.parametrize("way", ways(0))
async def test_an_option_out_of_range_is_named_whichever_way_it_came(http: httpx2.AsyncClient, way: str) -> None:
    answer = await http.post("/echo", **ways(-1)[way])
    assert (answer.status_code, answer.json()["error_code"]) == (400, "INVALID_REQUEST")
    assert answer.json()["details"]["field"] == "expected_faces"


@pytest.mark.parametrize(
    ("sent", "code", "field"),
    [
        ({"json": {"image_base64": "not base64!"}}, "INVALID_BASE64", "image_base64"),
        ({"json": {}}, "INVALID_REQUEST", "image_base64"),
        ({"content": b"{", "headers": {"content-type": "application/json"}}, "INVALID_REQUEST", None),
        ({"files": {"photo": PHOTO}}, "INVALID_REQUEST", "image"),
        ({"data": {"image": "text"}, "files": {"x": b""}}, "INVALID_REQUEST", "image"),
        ({"files": {"image": PHOTO}, "data": {"gallery": "{"}}, "INVALID_REQUEST", "gallery"),
        ({"files": {"image": PHOTO}, "data": {"colour": "red"}}, "INVALID_REQUEST", "colour"),
        ({"content": PHOTO, "params": {"colour": "red"}}, "INVALID_REQUEST", "colour"),
        ({"files": [("image", PHOTO), ("image", PHOTO)]}, "INVALID_REQUEST", "image"),
        (
            {"content": PHOTO, "params": [("expected_faces", 1), ("expected_faces", 2)]},
            "INVALID_REQUEST",
            "expected_faces",
        ),
        ({"content": b""}, "INVALID_REQUEST", None),
        ({"content": b"x", "headers": {"content-type": "multipart/form-data"}}, "INVALID_REQUEST", None),
    ],
)
async def test_what_is_wrong_is_told_by_code_and_field(
    http: httpx2.AsyncClient, sent: dict[str, Any], code: str, field: str | None
) -> None:
    answer = await http.post("/echo", **sent)
    assert (answer.status_code, answer.json()["error_code"]) == (400, code)
    assert answer.json()["details"].get("field") == field


async def test_a_refused_gallery_does_not_come_back_in_the_answer(http: httpx2.AsyncClient) -> None:
    bad = {"model": "sface@2021dec", "students": [{"student_id": "s1", "embeddings": [[0.1234567, None]]}]}
    answer = await http.post("/echo", files={"image": PHOTO}, data={"gallery": json.dumps(bad)})
    assert answer.json()["error_code"] == "INVALID_EMBEDDING"
    assert "0.1234567" not in answer.text
