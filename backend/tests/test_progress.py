"""Streams of how far something is, over HTTP; the ML service is played."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

from backend.tests.conftest import Backend, Class, Person
from backend.tests.domains.attendance.test_flows_recognition import submit
from backend.tests.domains.face_imports.test_flows import sent, three_students
from backend.tests.simulator import Simulator, photo_of

PATIENCE = 120.0


async def events(person: Person, path: str) -> AsyncIterator[tuple[str, dict[str, Any]]]:
    """What a stream says, each event with its name, until it ends."""
    headers = {"Authorization": f"Bearer {person.token}"}
    async with (
        asyncio.timeout(PATIENCE),
        person.http.stream("GET", f"/api/v1{path}", headers=headers, timeout=PATIENCE) as answer,
    ):
        assert answer.headers["Content-Type"].startswith("text/event-stream"), await answer.aread()
        name = ""
        async for line in answer.aiter_lines():
            field, _, value = line.partition(": ")
            if field == "event":
                name = value
            elif field == "data":
                yield name, json.loads(value)


async def test_a_teacher_sees_photos_come_through_until_none_waits(a_class: Class, simulator: Simulator) -> None:
    await simulator.stop()
    places = [(await submit(a_class, "ann", shot=shot))[1] for shot in range(2)]
    states, waiting = [], []

    async def watch_one() -> None:
        async for name, told in events(a_class.teacher, f"{places[0]}/events"):
            states.append(told["state"] if name == "progress" else name)

    watching = asyncio.create_task(watch_one())
    async for name, told in events(a_class.teacher, f"/sessions/{a_class.session}/events"):
        waiting.append(told["waiting"] if name == "progress" else name)
        if len(waiting) == 1:
            await simulator.start()
    await watching
    again = [event async for event in events(a_class.teacher, f"{places[0]}/events")]

    assert (waiting[0], waiting[-2:]) == (2, [0, "over"])
    assert (states[0] in {"received", "leased"}, states[-2:]) == (True, ["recognised", "over"])
    assert [name for name, _ in again] == ["progress", "over"], "what is over is told once and ends"


async def test_an_import_is_watched_until_it_is_done(office: Person) -> None:
    await three_students(office)
    begun = await sent(office, [("R-ann.jpg", photo_of("ann")), ("R-cleo.jpg", photo_of("cleo"))])

    told = [event async for event in events(office, f"/imports/{begun['id']}/events")]

    assert told[-1][0] == "over"
    assert (told[-2][1]["state"], told[-2][1]["accepted"], told[-2][1]["refused"]) == ("done", 1, 1)


async def test_a_stream_ends_with_the_sign_in_with_the_photo_and_with_the_program(
    a_class: Class, office: Person, backend: Backend, simulator: Simulator
) -> None:
    await simulator.stop()
    (_, first, _), (_, second, _) = [await submit(a_class, "ann", shot=shot) for shot in range(2)]
    strangers = [await office.ask("GET", f"/captures/{name}/events") for name in ("nobody", "")]
    ended, begun, all_begun = {}, set(), asyncio.Event()
    streams = {"removed": (office, first), "signed out": (a_class.teacher, second), "stopped": (office, second)}

    async def watch(name: str) -> None:
        person, place = streams[name]
        ended[name] = []
        async for event, _ in events(person, f"{place}/events"):
            ended[name].append(event)
            begun.add(name)
            if len(begun) == len(streams):
                all_begun.set()

    async with asyncio.TaskGroup() as group:
        tasks = {name: group.create_task(watch(name)) for name in streams}
        await all_begun.wait()
        await a_class.teacher.done("DELETE", first)
        await a_class.teacher.done("DELETE", "/me/sign-ins")
        await asyncio.wait([tasks["removed"], tasks["signed out"]])
        assert not tasks["stopped"].done()
        backend.stop()

    assert [answer.status_code for answer in strangers] == [404, 404]
    assert all("over" not in told for told in ended.values())
    assert "timeout graceful shutdown exceeded" not in backend.output
