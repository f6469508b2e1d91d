"""Large JSON is read beside the event loop, and what is wrong with it is told without quoting it."""

import asyncio
import json

import pytest
from fastapi.exceptions import RequestValidationError

from attendance_contract.models import GalleryRequest
from attendance_contract.vectors import encode_vector
from attendance_ml.serving.bodies import parse


def gallery_of(students: int, vector: object) -> str:
    rows = [{"student_id": f"s{number}", "embeddings": [vector]} for number in range(students)]
    return json.dumps({"model": "sface@2021dec", "students": rows})


async def test_the_event_loop_runs_on_while_a_large_roster_is_read() -> None:
    text = gallery_of(5_000, encode_vector([0.25] * 128))
    reading = asyncio.create_task(parse(GalleryRequest, text, "body"))
    turns = 0
    while not reading.done():
        await asyncio.sleep(0)
        turns += 1
    assert len((await reading).students) == 5_000
    assert turns > 10  # read on the loop itself, it would have had two


async def test_a_refused_vector_is_named_by_its_place_and_not_quoted() -> None:
    with pytest.raises(RequestValidationError) as refused:
        await parse(GalleryRequest, gallery_of(1, [0.123456, None]), "body")
    (failure,) = refused.value.errors()
    assert failure["loc"] == ("body", "students", 0, "embeddings", 0)
    assert "0.123456" not in str(failure)
