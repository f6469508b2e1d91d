"""What becomes of a photo when the ML service is down, slow or wrong, and when the backend itself dies."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from backend.tests.conftest import Backend, Class, Person, photos_in
from backend.tests.simulator import Simulator, photo_of

from attendance_backend.adapters.mongo import Client
from attendance_backend.domains.attendance.service import LEASE, MAX_FAULTS
from attendance_contract.errors import ErrorCode

PATIENCE = 30.0


async def until(teacher: Person, path: str, *states: str) -> dict[str, Any]:
    """The capture once it is in one of these states."""
    async with asyncio.timeout(PATIENCE):
        async for shown in asked_again(teacher, path):
            if shown["state"] in states:
                return shown
    raise AssertionError(path)


async def asked_again(teacher: Person, path: str) -> AsyncIterator[dict[str, Any]]:
    while True:
        yield await teacher.done("GET", path)
        await asyncio.sleep(0.1)


async def submit(a_class: Class, *names: str, shot: int = 1) -> tuple[int, str, dict[str, Any]]:
    """Status, address of the capture (below /api/v1) and body."""
    path = f"/sessions/{a_class.session}/captures"
    answer = await a_class.teacher.ask("POST", path, content=photo_of(*names, shot=shot))
    return answer.status_code, answer.headers["Location"].removeprefix("/api/v1"), answer.json()


async def test_a_photo_taken_back_while_it_waits_is_never_recognised(a_class: Class, simulator: Simulator) -> None:
    await simulator.stop()
    _, place, _ = await submit(a_class, "ann")
    _, later, _ = await submit(a_class, "ben", shot=2)

    removed = await a_class.teacher.ask("DELETE", place)
    await simulator.start()

    assert removed.status_code == 204
    await until(a_class.teacher, later, "recognised")
    assert (await a_class.teacher.ask("GET", place)).status_code == 404
    register = await a_class.teacher.done("GET", f"/sessions/{a_class.session}/register")
    assert [row["status"] for row in register["students"]] == ["unmarked", "present", "unmarked"]


async def test_when_the_ml_service_is_down_the_photo_is_kept_and_recognised_once_it_is_back(
    a_class: Class, simulator: Simulator
) -> None:
    await simulator.stop()

    status, place, shown = await submit(a_class, "ann")
    by_hand = f"/sessions/{a_class.session}/marks/{a_class.cleo}"
    await a_class.teacher.done("PUT", by_hand, json={"status": "present"})
    too_early = await a_class.teacher.ask("PUT", f"{place}/faces/0", json={"student_id": a_class.ann})
    await simulator.start()

    assert (too_early.status_code, too_early.json()["error_code"]) == (409, "CAPTURE_NOT_RECOGNISED")

    assert (status, shown["faces"]) == (202, [])
    assert shown["state"] in {"received", "leased"}
    recognised = await until(a_class.teacher, place, "recognised")
    assert [face["student_id"] for face in recognised["faces"]] == [a_class.ann]
    register = await a_class.teacher.done("GET", f"/sessions/{a_class.session}/register")
    assert [row["status"] for row in register["students"]] == ["present", "unmarked", "present"]


async def test_a_sender_waits_five_seconds_at_most_and_the_worker_longer_than_a_lease(
    a_class: Class, backend: Backend, simulator: Simulator, mongo: Client, database_name: str
) -> None:
    backend.environment["ML_SERVICE_TRY_TIMEOUT"] = str(PATIENCE)
    backend.stop()
    await backend.start()
    await submit(a_class, "ben")
    simulator.switches.delay = LEASE.total_seconds() + 1

    async with asyncio.timeout(LEASE.total_seconds()):
        status, place, shown = await submit(a_class, "ann", shot=2)
    recognised = await until(a_class.teacher, place, "recognised")

    assert (status, recognised["error_code"]) == (202, None)
    kept = await mongo[database_name]["captures"].find_one({"_id": shown["id"]})
    assert kept is not None
    assert kept["attempts"] == 2, "nobody took it from the worker"


async def test_the_same_photo_from_two_phones_at_once_is_one_capture(a_class: Class, tmp_path: Path) -> None:
    answers = await asyncio.gather(*[submit(a_class, "ann") for _ in range(4)])

    assert len({place for _, place, _ in answers}) == 1
    assert {status for status, _, _ in answers} <= {200, 202}
    await until(a_class.teacher, answers[0][1], "recognised")
    assert len(photos_in(tmp_path)) == 1


async def test_who_sends_a_photo_again_while_it_is_being_refused_is_told_the_same(
    a_class: Class, simulator: Simulator
) -> None:
    path, sent = f"/sessions/{a_class.session}/captures", photo_of("ann")
    keyed = {"Idempotency-Key": "try-1"}
    simulator.switches.refuse_with = (422, ErrorCode.INVALID_IMAGE)
    simulator.switches.delay = 0.5

    first = asyncio.create_task(a_class.teacher.ask("POST", path, content=sent, headers=keyed))
    await asyncio.sleep(simulator.switches.delay / 2)
    second = await a_class.teacher.ask("POST", path, content=sent, headers=keyed)

    assert ((await first).status_code, second.status_code) == (422, 422)
    register = await a_class.teacher.done("GET", f"/sessions/{a_class.session}/register")
    assert register["captures"] == []


async def test_a_photo_that_comes_while_its_session_is_closed_is_refused_or_told(a_class: Class) -> None:
    big = bytes(4 * 1024 * 1024)
    for day in range(1, 9):
        asked = {"subject_id": a_class.subject, "date": f"2026-10-{day:02}", "period": 1}
        path = f"/sessions/{(await a_class.teacher.done('POST', '/sessions', json=asked))['id']}"
        sent = photo_of("ann", shot=day) + b"," + big

        sending = asyncio.create_task(a_class.teacher.ask("POST", f"{path}/captures", content=sent))
        await asyncio.sleep(0.01 * day)
        closed = await a_class.teacher.done("POST", f"{path}/close")
        answer = await sending

        register = await a_class.teacher.done("GET", f"{path}/register")
        assert len(register["captures"]) == (answer.status_code == 200)
        ann = next(row for row in register["students"] if row["name"] == "ann")
        counted = ann["status"] == "present" or closed["pending_captures"] == 1
        assert counted == (answer.status_code == 200), (day, answer.text)


async def test_a_forgotten_gallery_is_sent_along_again(a_class: Class, simulator: Simulator) -> None:
    simulator.switches.keeps_galleries = False

    for shot in range(2):
        status, _, shown = await submit(a_class, "ann", shot=shot)
        assert (status, shown["faces"][0]["student_id"]) == (200, a_class.ann)

    assert simulator.calls.count("/api/ml/recognize") == 4


async def test_an_unchanged_roster_is_sent_once_and_a_changed_one_again(
    a_class: Class, office: Person, simulator: Simulator
) -> None:
    for shot in range(3):
        await submit(a_class, "ann", shot=shot)
    assert len(simulator.galleries) == 1

    await office.done("POST", f"/students/{a_class.ann}/face-photos", content=photo_of("ann", shot=9))
    await submit(a_class, "ann", shot=4)

    assert len(simulator.galleries) == 2


async def test_a_photo_that_turns_out_unusable_later_says_so(a_class: Class, simulator: Simulator) -> None:
    await simulator.stop()
    status, place, _ = await submit(a_class, "ann")
    simulator.switches.refuse_with = (422, ErrorCode.INVALID_DIMENSIONS)
    await simulator.start()

    failed = await until(a_class.teacher, place, "failed")

    assert (status, failed["error_code"]) == (202, "INVALID_DIMENSIONS")
    register = await a_class.teacher.done("GET", f"/sessions/{a_class.session}/register")
    assert [capture["error_code"] for capture in register["captures"]] == ["INVALID_DIMENSIONS"]
    assert (await submit(a_class, "ann"))[2] == failed, "the same photo is the same capture"


async def test_a_photo_that_was_erased_while_it_waited_says_so(
    a_class: Class, simulator: Simulator, tmp_path: Path
) -> None:
    await simulator.stop()
    _, place, _ = await submit(a_class, "ann")
    for photo in photos_in(tmp_path):
        photo.unlink()
    await simulator.start()

    failed = await until(a_class.teacher, place, "failed")

    assert failed["error_code"] == "PHOTO_GONE"
    shown = await a_class.teacher.ask("GET", f"{place}/photo")
    assert (shown.status_code, shown.json()["error_code"]) == (410, "PHOTO_GONE")


async def test_a_photo_the_ml_service_chokes_on_is_given_up_in_the_end(
    a_class: Class, simulator: Simulator, mongo: Client, database_name: str
) -> None:
    simulator.switches.garbage = True
    status, place, _ = await submit(a_class, "ann")
    four_times_before = {"$set": {"faults": MAX_FAULTS - 1}}
    await mongo[database_name]["captures"].update_one({"state": "received"}, four_times_before)

    given_up = await until(a_class.teacher, place, "dead")

    assert (status, given_up["error_code"]) == (202, "ML_ANSWER_INVALID")


@pytest.mark.parametrize("dies", ["while the sender waits", "after it has answered"])
async def test_a_crash_between_photo_accepted_and_session_closed_loses_nothing(
    a_class: Class, backend: Backend, simulator: Simulator, dies: str
) -> None:
    _, first, _ = await submit(a_class, "ben")
    mark = f"/sessions/{a_class.session}/marks/{a_class.cleo}"
    await a_class.teacher.done("PUT", mark, json={"status": "late", "reason": "the bus"})
    if dies == "while the sender waits":
        simulator.switches.delay = PATIENCE
        waiting = asyncio.create_task(submit(a_class, "ann", shot=2))
        async with asyncio.timeout(PATIENCE):
            async for shown in asked_again(a_class.teacher, f"/sessions/{a_class.session}/register"):
                if len(shown["captures"]) == 2:
                    break
        backend.kill()
        await asyncio.gather(waiting, return_exceptions=True)
    else:
        await simulator.stop()
        assert (await submit(a_class, "ann", shot=2))[0] == 202
        backend.kill()
        await simulator.start()
    simulator.switches.delay = 0

    await backend.start()

    register = await a_class.teacher.done("GET", f"/sessions/{a_class.session}/register")
    places = [f"/captures/{capture['id']}" for capture in register["captures"]]
    assert len(places) == 2
    for place in places:
        await until(a_class.teacher, place, "recognised")
    assert places[0] == first
    register = await a_class.teacher.done("GET", f"/sessions/{a_class.session}/register")
    assert {row["name"]: (row["status"], row["source"]) for row in register["students"]} == {
        "ann": ("present", "face"),
        "ben": ("present", "face"),
        "cleo": ("late", "manual"),
    }
    assert (await a_class.teacher.done("POST", f"/sessions/{a_class.session}/close"))["records"] == 3
