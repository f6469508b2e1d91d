"""Photos that were given up: whoever runs the school sees them, and has them tried again. The ML service is played."""

import asyncio
from collections.abc import AsyncIterator

from backend.tests.conftest import Backend, Class, Person
from backend.tests.domains.attendance.test_flows_recognition import PATIENCE, submit, until
from backend.tests.simulator import Simulator

from attendance_backend.adapters.mongo import Client
from attendance_backend.domains.attendance.service import MAX_FAULTS


async def given_up(a_class: Class, mongo: Client, database: str, simulator: Simulator, shots: int) -> list[str]:
    """The addresses of photos as they are once the ML service has failed too often on them."""
    await simulator.stop()
    places = [(await submit(a_class, "ann", shot=shot))[1] for shot in range(shots)]
    dead = {"state": "dead", "error_code": "ML_ANSWER_INVALID", "faults": MAX_FAULTS, "due": None, "lease": None}
    await mongo[database]["captures"].update_many({}, {"$set": dead})
    await simulator.start()
    return places


async def test_what_was_given_up_is_listed_and_tried_again_once_with_the_word_of_the_office(
    a_class: Class, office: Person, backend: Backend, simulator: Simulator, mongo: Client, database_name: str
) -> None:
    first, second, third = await given_up(a_class, mongo, database_name, simulator, 3)
    told = (await a_class.teacher.done("GET", f"/sessions/{a_class.session}/register"))["captures"]
    page = await office.done("GET", "/queue/dead", params={"limit": 2})
    rest = await office.done("GET", "/queue/dead", params={"limit": 2, "cursor": page["next_cursor"]})
    listed = backend.command("captures", "dead")

    path, key = f"/queue/dead/{first.rpartition('/')[2]}/requeue", {"Idempotency-Key": "again"}
    answers = [await office.ask("POST", path, headers=key) for _ in range(2)]
    await until(a_class.teacher, first, "recognised")
    too_late = await office.done("POST", path)
    refused = await a_class.teacher.ask("POST", path)
    by_command = backend.command("captures", "requeue", "--all")
    shown = [await until(a_class.teacher, place, "recognised") for place in (second, third)]

    assert [capture["error_code"] for capture in told] == ["ML_ANSWER_INVALID"] * 3
    places = [f"/captures/{capture['id']}" for capture in [*page["items"], *rest["items"]]]
    assert (places, rest["next_cursor"]) == ([first, second, third], None)
    assert {capture["faults"] for capture in page["items"]} == {MAX_FAULTS}
    assert listed.stdout.splitlines()[-1] == "3 captures were given up"
    assert (answers[0].json()["state"], answers[1].json()) == ("received", answers[0].json())
    assert (too_late["state"], refused.status_code) == ("recognised", 403)
    assert by_command.stdout == "2 captures are tried again\n"
    assert [[face["student_id"] for face in capture["faces"]] for capture in shown] == [[a_class.ann]] * 2
    assert (await office.done("GET", "/queue/dead"))["items"] == []
    audit = (await office.done("GET", "/audit", params={"limit": 200}))["items"]
    assert sum(entry["action"] == "capture requeued" for entry in audit) == 3


async def test_a_photo_that_cannot_be_used_is_not_tried_again(
    a_class: Class, office: Person, mongo: Client, database_name: str
) -> None:
    _, place, shown = await submit(a_class, "ann")
    captures, capture_id = mongo[database_name]["captures"], shown["id"]
    path = f"/queue/dead/{capture_id}/requeue"

    await captures.update_one({"_id": capture_id}, {"$set": {"state": "failed", "error_code": "INVALID_IMAGE"}})
    unusable = await office.ask("POST", path)
    await captures.update_one({"_id": capture_id}, {"$set": {"state": "dead", "erased_at": shown["submitted_at"]}})
    erased = await office.ask("POST", path)

    assert (unusable.status_code, unusable.json()["error_code"]) == (409, "CAPTURE_NOT_GIVEN_UP")
    assert (erased.status_code, erased.json()["error_code"]) == (410, "PHOTO_GONE")
    assert (await office.ask("POST", "/queue/dead/nobody/requeue")).status_code == 404
    assert place.endswith(capture_id)


async def asked_again(backend: Backend) -> AsyncIterator[dict[str, float]]:
    """What the metrics tell of captures, again and again."""
    while True:
        text = (await backend.http.get("/metrics")).text
        samples = [line.rpartition(" ") for line in text.splitlines() if line.startswith("captures_")]
        yield {name: float(value) for name, _, value in samples}
        await asyncio.sleep(0.1)


async def test_a_photo_that_waits_tells_why_and_when_it_is_tried_again_and_the_metrics_count_it(
    a_class: Class, backend: Backend, simulator: Simulator
) -> None:
    await simulator.stop()
    status, place, _ = await submit(a_class, "ann")
    shown = await until(a_class.teacher, place, "received")
    backend.stop()
    await backend.start()

    async with asyncio.timeout(PATIENCE):
        async for metrics in asked_again(backend):
            if metrics["captures_oldest_waiting_seconds"] > 0:
                break

    assert (status, shown["error_code"]) == (202, "ML_UNAVAILABLE")
    assert shown["next_try_at"] > shown["submitted_at"]
    assert shown["attempts"] >= 1
    assert metrics['captures_queued{state="dead"}'] == 0
    assert metrics['captures_queued{state="received"}'] + metrics['captures_queued{state="leased"}'] <= 1
