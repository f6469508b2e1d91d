"""A photo that comes while there is no room for it, and photos that wait while their disk is taken away."""

import asyncio
import resource
import sys

import pytest
from backend.tests.conftest import Backend, Class
from backend.tests.domains.attendance.test_flows_recognition import PATIENCE, submit, until
from backend.tests.simulator import JPEG, Simulator, photo_of

LIMIT = 500_000
LARGE = JPEG + b"0" * 3 * LIMIT + b"1:ann"
WORKED_ON = "capture_worked_on"
UNLIMITED = resource.RLIM_INFINITY


@pytest.mark.skipif(sys.platform != "linux", reason="the limit of another process can be set on Linux only")
async def test_without_room_for_a_photo_nothing_of_it_is_kept_and_the_roll_is_called_by_hand(
    a_class: Class, backend: Backend
) -> None:
    process, place = backend.processes[-1].pid, f"/sessions/{a_class.session}/captures"
    key = {"Idempotency-Key": "the same photo"}
    kept = backend.home / "photos"
    lying = set(kept.iterdir())

    resource.prlimit(process, resource.RLIMIT_FSIZE, (LIMIT, UNLIMITED))
    refused = await a_class.teacher.ask("POST", place, content=LARGE, headers=key)
    small = await submit(a_class, "ben")
    marked = await a_class.teacher.ask(
        "PUT", f"/sessions/{a_class.session}/marks/{a_class.cleo}", json={"status": "present"}
    )
    left = set(kept.iterdir())
    resource.prlimit(process, resource.RLIMIT_FSIZE, (UNLIMITED, UNLIMITED))
    taken = await a_class.teacher.ask("POST", place, content=LARGE, headers=key)

    assert (refused.status_code, refused.json()["error_code"]) == (507, "INSUFFICIENT_STORAGE")
    assert refused.headers["Retry-After"]
    assert {path.name for path in left - lying} == {small[2]["id"]}
    assert marked.status_code == 200
    assert (taken.status_code, taken.json()["state"]) == (200, "recognised")
    register = await a_class.teacher.done("GET", f"/sessions/{a_class.session}/register")
    assert [capture["state"] for capture in register["captures"]] == ["recognised", "recognised"]
    assert [row["status"] for row in register["students"]] == ["present", "present", "present"]


async def test_photos_that_wait_while_their_disk_is_away_are_recognised_when_it_is_back(
    a_class: Class, backend: Backend, simulator: Simulator
) -> None:
    await simulator.stop()
    _, place, _ = await submit(a_class, "ann")
    photos = backend.home / "photos"
    away = photos.rename(backend.home / "away")
    photos.mkdir()

    worked_on = backend.output.count(WORKED_ON)

    await simulator.start()
    answer = await a_class.teacher.ask("POST", f"/sessions/{a_class.session}/captures", content=photo_of("ben"))
    async with asyncio.timeout(PATIENCE):
        while backend.output.count(WORKED_ON) == worked_on:  # noqa: ASYNC110  # another program's log
            await asyncio.sleep(0.1)
    waiting = await a_class.teacher.done("GET", place)
    photos.rmdir()
    away.rename(photos)

    assert (answer.status_code, answer.json()["error_code"]) == (503, "PHOTOS_UNAVAILABLE")
    assert waiting["state"] in {"received", "leased"}
    recognised = await until(a_class.teacher, place, "recognised")
    assert [face["student_id"] for face in recognised["faces"]] == [a_class.ann]
