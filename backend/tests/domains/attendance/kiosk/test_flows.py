"""A kiosk over HTTP: one person at a time, in its own room, today, live or for review; and it is told no name."""

import asyncio
from dataclasses import dataclass
from typing import Any

import pytest
from backend.tests.conftest import Backend, Class, Person
from backend.tests.matrix import Kiosk, a_kiosk, at_noon
from backend.tests.simulator import Simulator, photo_of

PENDING = 202


@dataclass
class Entrance:
    """A class with a session in the kiosk's room, and the kiosk as somebody who asks."""

    office: Person
    taught: Class
    kiosk: Kiosk
    device: Person
    room: str
    session: str
    today: str

    async def submit(self, *names: str, shot: int = 1) -> dict[str, Any]:
        photo = [("image", photo_of(*names, shot=shot))]
        return dict(await self.device.done("POST", f"/kiosk/sessions/{self.session}/captures", files=photo))

    async def rows(self) -> dict[str, tuple[str, str | None]]:
        register = await self.taught.teacher.done("GET", f"/sessions/{self.session}/register")
        return {row["name"]: (row["status"], row["source"]) for row in register["students"]}

    async def another(self, **change: Any) -> str:
        new = {"subject_id": self.taught.subject, "date": self.today, "period": 8, "room_id": self.room, **change}
        return str((await self.taught.teacher.done("POST", "/sessions", json=new))["id"])


@pytest.fixture
async def entrance(backend: Backend, office: Person, a_class: Class) -> Entrance:
    kiosk = await a_kiosk(office)
    today = await at_noon(office)
    new = {"subject_id": a_class.subject, "date": today, "period": 2, "room_id": kiosk.room_id}
    session = (await a_class.teacher.done("POST", "/sessions", json=new))["id"]
    return Entrance(office, a_class, kiosk, Person(backend.http, kiosk.key), kiosk.room_id, session, today)


def outcome(capture: dict[str, Any]) -> tuple[int, int, int]:
    return capture["recognised"], capture["to_confirm"], capture["unknown"]


async def test_live_people_are_present_by_the_kiosk_and_nobody_else_is_by_itself(entrance: Entrance) -> None:
    ann = await entrance.submit("ann")
    ben = await entrance.submit("ben~")
    stranger = await entrance.submit("zed")
    before = await entrance.rows()
    await entrance.taught.teacher.done("POST", f"/sessions/{entrance.session}/close")
    records = (await entrance.taught.teacher.done("GET", f"/sessions/{entrance.session}/records"))["items"]

    assert [outcome(one) for one in (ann, ben, stranger)] == [(1, 0, 0), (0, 1, 0), (0, 0, 1)]
    assert before == {"ann": ("present", "kiosk"), "ben": ("unmarked", None), "cleo": ("unmarked", None)}
    by_student = {record["student_id"]: record for record in records}
    mark = by_student[entrance.taught.ann]
    assert (mark["status"], mark["source"], mark["history"][0]["source"]) == ("present", "kiosk", "kiosk")
    assert mark["history"][0]["evidence"]["capture_id"] == ann["id"]
    assert by_student[entrance.taught.ben]["status"] == "absent"
    entries = (await entrance.office.done("GET", "/audit?limit=200"))["items"]
    noted = [entry for entry in entries if entry["action"] == "kiosk capture"]
    assert {(entry["actor_id"], entry["target_id"]) for entry in noted} == {
        (entrance.kiosk.device_id, entrance.session)
    }
    assert len(noted) == 3


async def test_without_liveness_networks_everybody_goes_to_review_and_a_teacher_confirms(
    entrance: Entrance, simulator: Simulator
) -> None:
    simulator.switches.tells_liveness = False

    seen = await entrance.submit("ann")
    unmarked = await entrance.rows()
    decision = {"student_id": entrance.taught.ann}
    await entrance.taught.teacher.done("PUT", f"/captures/{seen['id']}/faces/0", json=decision)

    assert outcome(seen) == (0, 1, 0)
    assert unmarked["ann"] == ("unmarked", None)
    assert (await entrance.rows())["ann"] == ("present", "kiosk")


async def test_who_passes_behind_is_not_marked_and_what_shows_no_face_is_not_kept(entrance: Entrance) -> None:
    await entrance.submit("ann", "ben")
    empty = await entrance.device.ask(
        "POST", f"/kiosk/sessions/{entrance.session}/captures", files=[("image", photo_of())]
    )

    assert (await entrance.rows())["ben"] == ("unmarked", None)
    assert (empty.status_code, empty.json()["error_code"]) == (422, "NO_FACE_FOUND")
    register = await entrance.taught.teacher.done("GET", f"/sessions/{entrance.session}/register")
    assert len(register["captures"]) == 1


async def test_many_at_the_kiosk_are_judged_as_on_one_photo_but_tries_in_vain_make_it_stricter(
    entrance: Entrance,
) -> None:
    for shot in range(3):
        await entrance.submit("zed", shot=shot)
    await entrance.submit("ann")
    await entrance.submit("ben")
    await entrance.taught.teacher.done("POST", f"/sessions/{entrance.session}/close")

    records = (await entrance.taught.teacher.done("GET", f"/sessions/{entrance.session}/records"))["items"]

    assert {record["student_id"]: record["photos"] for record in records if record["source"] == "kiosk"} == {
        entrance.taught.ann: 4,
        entrance.taught.ben: 4,
    }


async def test_a_kiosk_sees_the_open_sessions_of_its_room_today_and_no_person(entrance: Entrance) -> None:
    await entrance.submit("ann")
    later = await entrance.another()
    closed = await entrance.another(period=9)
    await entrance.taught.teacher.done("POST", f"/sessions/{closed}/close")
    await entrance.another(period=10, room_id=None)

    shown = await entrance.device.done("GET", "/kiosk")

    assert shown == {
        "room": {"id": entrance.room, "name": shown["room"]["name"]},
        "sessions": [
            {"id": entrance.session, "subject": "Mathematics", "period": 2, "starts_at": None},
            {"id": later, "subject": "Mathematics", "period": 8, "starts_at": None},
        ],
    }


async def test_a_kiosk_reaches_nothing_outside_of_its_room_and_its_day(entrance: Entrance) -> None:
    other = await a_kiosk(entrance.office, entrance.taught)
    closed = await entrance.another()
    await entrance.taught.teacher.done("POST", f"/sessions/{closed}/close")
    past = await entrance.another(date="2020-01-01")
    teachers = await entrance.taught.teacher.done(
        "POST", f"/sessions/{entrance.session}/captures", files=[("image", photo_of("ann", "ben"))]
    )
    photo = [("image", photo_of("ann", shot=5))]

    async def refused(method: str, path: str, **options: Any) -> tuple[int, str]:
        answer = await entrance.device.ask(method, path, **options)
        assert answer.is_client_error, answer.text
        return answer.status_code, answer.json()["error_code"]

    for session in (other.ids["session_id"], past, entrance.taught.session, "nothing"):
        path = f"/kiosk/sessions/{session}/captures"
        assert await refused("POST", path, files=photo) == (404, "NOT_FOUND"), session
    closed_path = f"/kiosk/sessions/{closed}/captures"
    assert await refused("POST", closed_path, files=photo) == (409, "SESSION_NOT_OPEN")
    for capture in (other.ids["capture_id"], teachers["id"]):
        assert await refused("GET", f"/kiosk/captures/{capture}") == (404, "NOT_FOUND")
    for path in ("/me", "/rooms", "/sessions", f"/sessions/{entrance.session}/register"):
        assert await refused("GET", path) == (403, "PERMISSION_DENIED"), path


async def test_a_revoked_kiosk_is_nobody(entrance: Entrance) -> None:
    await entrance.submit("ann")

    await entrance.office.done("DELETE", f"/devices/{entrance.kiosk.device_id}")
    answer = await entrance.device.ask("GET", "/kiosk")

    assert (answer.status_code, answer.json()["error_code"]) == (401, "NOT_SIGNED_IN")


async def test_a_photo_taken_while_nobody_recognises_is_judged_later_as_strictly(
    entrance: Entrance, simulator: Simulator
) -> None:
    simulator.switches.status = 503
    photo = [("image", photo_of("ben~"))]
    waiting = await entrance.device.ask("POST", f"/kiosk/sessions/{entrance.session}/captures", files=photo)
    simulator.switches.status = None

    path = waiting.headers["Location"].removeprefix("/api/v1")
    capture = await entrance.device.done("GET", path)
    for _ in range(600):
        if capture["state"] == "recognised":
            break
        await asyncio.sleep(0.1)
        capture = await entrance.device.done("GET", path)

    assert waiting.status_code == PENDING
    assert outcome(capture) == (0, 1, 0)
