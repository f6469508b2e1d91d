"""A change of models as the office asks for it over HTTP; the backend's own worker does the work."""

import asyncio
from typing import Any

from backend.tests.conftest import Person, new_student
from backend.tests.simulator import NEXT_MODEL

PATIENCE = 60.0
AGAIN = {"Idempotency-Key": "the change"}


async def until(office: Person, place: str, state: str) -> dict[str, Any]:
    async with asyncio.timeout(PATIENCE):
        while True:
            told = dict(await office.done("GET", place))
            if told["state"] == state:
                return told
            await asyncio.sleep(0.05)


async def test_the_office_changes_the_model_and_is_told_whom_that_leaves_out(office: Person) -> None:
    student = await new_student(office, "ann", photos=2)
    asked = {"model": NEXT_MODEL}
    begun = await office.ask("POST", "/reembeddings", json=asked, headers=AGAIN)
    place = begun.headers["Location"].removeprefix("/api/v1")

    again = await office.ask("POST", "/reembeddings", json=asked, headers=AGAIN)
    other = await office.ask("POST", "/reembeddings", json=asked)
    ready = await until(office, place, "ready")
    listed = (await office.done("GET", f"{place}/students"))["items"]
    refused = await office.ask("POST", f"{place}/switch", json={})
    switched = await office.done("POST", f"{place}/switch", json={"leave_out": 1})

    assert (begun.status_code, again.json()["id"], again.headers["Location"]) == (
        202,
        begun.json()["id"],
        begun.headers["Location"],
    )
    assert other.json()["error_code"] == "REEMBEDDING_OPEN"
    assert (ready["students"], ready["done"], ready["missing"]) == (1, 1, 1), "the school keeps no photos"
    assert [(one["student_id"], one["reasons"], one["has_vectors"]) for one in listed] == [
        (student, ["PHOTO_NOT_KEPT"], False)
    ]
    assert (refused.status_code, refused.json()["error_code"]) == (409, "STUDENTS_MISSING")
    assert (switched["state"], switched["from_model"]) == ("switched", "played@1")
    shown = await office.done("GET", f"/students/{student}")
    assert shown["face"]["photos"] == 0, "of the model that recognises"
    assert [run["id"] for run in (await office.done("GET", "/reembeddings"))["items"]] == [ready["id"]]
