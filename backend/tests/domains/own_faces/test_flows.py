"""Students enrol their own face: live, with consent, and a first one counts only once the office has looked at it."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from backend.tests.conftest import Backend, Class, Person, inside, new_student, photos_in
from backend.tests.matrix import _signed_in
from backend.tests.simulator import Simulator, photo_of

from attendance_backend.adapters.mongo import Client
from attendance_backend.domains.identity.schemas import SYSTEM, Role
from attendance_backend.domains.privacy.retention.service import RetentionService
from attendance_backend.ports.clock import SystemClock
from attendance_backend.ports.testing import ManualClock

TURNED = {"turn_left": "<", "turn_right": ">"}
OTHER_WAY = {"turn_left": ">", "turn_right": "<"}
CONSENT = {"purpose": "face_recognition", "text_version": "1", "given_by": "student"}


@pytest.fixture
async def open_school(office: Person) -> Person:
    """The office of a school that lets students enrol themselves."""
    before = await office.done("GET", "/institution")
    asked = {**{name: value for name, value in before.items() if name != "version"}, "self_enrolment": True}
    await office.done("PUT", "/institution", json=asked)
    return office


async def dora(office: Person, backend: Backend, mongo: Client, name: str = "dora") -> tuple[str, Person]:
    """A student with an account and a consent, and no face yet."""
    student = await new_student(office, name)
    await office.done("POST", f"/students/{student}/consents", json=CONSENT)
    return student, await _signed_in(backend, mongo, Role.STUDENT, student)


async def sent(
    student: str, person: Person, name: str, turns: dict[str, str] = TURNED, shot: int = 1
) -> httpx2.Response:
    """The answer to frames of somebody who turns before the camera as asked, or as told."""
    path = f"/students/{student}/own-face/challenges"
    asked = await person.done("POST", path)
    frames = [photo_of(name, shot=shot), photo_of(name, shot=2), photo_of(name + turns[asked["turn"]])]
    return await person.ask("POST", f"{path}/{asked['id']}/frames", files=[("frames", frame) for frame in frames])


async def waiting(office: Person) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await office.done("GET", "/own-faces?state=pending"))["items"]
    return found


async def named(taught: Class, name: str, shot: int) -> list[tuple[str | None, str]]:
    """Who is on a photo of the class with this person on it, and how sure that is."""
    path = f"/sessions/{taught.session}/captures"
    shown = await taught.teacher.done("POST", path, content=photo_of(name, shot=shot))
    return [(face["student_id"], face["status"]) for face in shown["faces"]]


async def test_a_first_face_recognises_nobody_before_the_office_has_looked_and_the_next_counts_at_once(
    a_class: Class, open_school: Person, backend: Backend, mongo: Client, tmp_path: Path
) -> None:
    student, person = await dora(open_school, backend, mongo)
    await a_class.teacher.done("PUT", f"/subjects/{a_class.subject}/roster/{student}")

    first = (await sent(student, person, "dora")).json()
    again = await sent(student, person, "dora")
    before = await named(a_class, "dora", shot=3)
    (face,) = await waiting(open_school)
    photo = await open_school.ask("GET", f"/own-faces/{face['id']}/photo")
    confirmed = await open_school.done("POST", f"/own-faces/{face['id']}/confirm")
    after = await named(a_class, "dora", shot=4)
    twice = await open_school.ask("POST", f"/own-faces/{face['id']}/confirm")
    other_face = await sent(student, person, "ben")
    second = (await sent(student, person, "dora", shot=7)).json()

    assert (first["face"]["photos"], first["last_sent"]["state"]) == (0, "pending")
    assert (again.status_code, again.json()["error_code"]) == (409, "OWN_FACE_WAITS")
    assert (before, after) == ([(None, "unknown")], [(student, "present")])
    assert (face["student_id"], face["looks_like"]) == (student, [])
    assert (photo.content, photo.headers["Cache-Control"]) == (photo_of("dora", shot=1), "no-store")
    assert (confirmed["state"], twice.json()["error_code"]) == ("confirmed", "OWN_FACE_DECIDED")
    assert not (tmp_path / "photos" / face["id"]).exists()
    assert other_face.json()["error_code"] == "NOT_SAME_PERSON"
    assert (second["face"]["photos"], second["last_sent"]["state"]) == (2, "confirmed")
    assert await waiting(open_school) == []


async def test_who_does_not_turn_as_asked_is_not_live_and_a_challenge_is_good_for_one_try_of_one_student(
    open_school: Person, backend: Backend, mongo: Client, simulator: Simulator, database_name: str
) -> None:
    student, person = await dora(open_school, backend, mongo)
    other, somebody = await dora(open_school, backend, mongo, "emil")
    path = f"/students/{student}/own-face/challenges"

    still = await sent(student, person, "dora", OTHER_WAY)
    asked = await person.done("POST", path)
    frames = [("frames", photo_of("dora", shot=n)) for n in (1, 2)] + [
        ("frames", photo_of(f"dora{TURNED[asked['turn']]}"))
    ]
    stolen = await somebody.ask("POST", f"/students/{other}/own-face/challenges/{asked['id']}/frames", files=frames)
    alone = await person.ask("POST", f"{path}/{asked['id']}/frames", files=frames[:1])
    simulator.switches.refuse_with = (401, "INVALID_API_KEY")
    away = await person.ask("POST", f"{path}/{asked['id']}/frames", files=frames)
    simulator.switches.refuse_with = None
    good = await person.ask("POST", f"{path}/{asked['id']}/frames", files=frames)
    await person.done("DELETE", f"/students/{student}/own-face")
    used = await person.ask("POST", f"{path}/{asked['id']}/frames", files=frames)
    late = await person.done("POST", path)
    past = {"$set": {"expires_at": SystemClock().now() - timedelta(seconds=1)}}
    await mongo[database_name]["liveness_challenges"].update_one({"_id": late["id"]}, past)
    over = await person.ask("POST", f"{path}/{late['id']}/frames", files=frames)

    assert (still.status_code, still.json()["error_code"]) == (422, "NOT_LIVE")
    assert still.json()["details"]["reasons"] == ["not_turned_far_enough"]
    answers = [stolen, alone, away, used, over]
    codes = ["CHALLENGE_OVER", "INVALID_REQUEST", "ML_UNAVAILABLE", "CHALLENGE_OVER", "CHALLENGE_OVER"]
    assert [answer.json()["error_code"] for answer in answers] == codes
    assert good.status_code == 200


async def test_nobody_enrols_without_the_schools_leave_or_without_consent(
    office: Person, backend: Backend, mongo: Client
) -> None:
    student, person = await dora(office, backend, mongo)
    path = f"/students/{student}/own-face"

    off = await person.ask("POST", f"{path}/challenges")
    before = await office.done("GET", "/institution")
    asked = {**{name: value for name, value in before.items() if name != "version"}, "self_enrolment": True}
    await office.done("PUT", "/institution", json=asked)
    await office.done("POST", f"/students/{student}/consents/withdraw", json={})
    without = await person.ask("POST", f"{path}/challenges")
    removed = await person.ask("DELETE", path)

    assert (off.status_code, off.json()["error_code"]) == (403, "SELF_ENROLMENT_OFF")
    assert without.json()["error_code"] == "CONSENT_REQUIRED"
    assert removed.status_code == 204


async def test_a_face_that_looks_like_another_students_is_said_so_and_both_go_to_review_once_it_is_confirmed(
    a_class: Class, open_school: Person, backend: Backend, mongo: Client, database_name: str
) -> None:
    student, person = await dora(open_school, backend, mongo, "anna")
    await sent(student, person, "anna")
    (face,) = await waiting(open_school)
    why = {"reason": "This is Ann, not you."}
    refused = await open_school.done("POST", f"/own-faces/{face['id']}/refuse", json=why)
    told = await person.done("GET", f"/students/{student}/own-face")
    before = await named(a_class, "ann", shot=1)

    await sent(student, person, "anna")
    (face,) = await waiting(open_school)
    await open_school.done("POST", f"/own-faces/{face['id']}/confirm")
    after = await named(a_class, "ann", shot=2)

    assert [one["student_id"] for one in face["looks_like"]] == [a_class.ann]
    assert (refused["state"], told["last_sent"]["reason"]) == ("refused", why["reason"])
    assert (before, after) == ([(a_class.ann, "present")], [(a_class.ann, "uncertain")])
    assert len((await open_school.done("GET", "/lookalikes?state=open"))["items"]) == 1


async def test_what_waits_goes_with_the_face_with_its_time_or_when_it_is_taken_back(
    a_class: Class,
    open_school: Person,
    backend: Backend,
    environment: dict[str, str],
    mongo: Client,
    database_name: str,
    tmp_path: Path,
) -> None:
    student, person = await dora(open_school, backend, mongo, "anna")
    kept = mongo[database_name]["own_faces"]

    await sent(student, person, "anna")
    await person.done("DELETE", f"/students/{student}/own-face")
    taken_back = (await kept.find_one({}), photos_in(tmp_path))
    await sent(student, person, "anna")
    await open_school.done("POST", f"/students/{a_class.ann}/erasure")
    (unlike,) = await waiting(open_school)
    await open_school.done("POST", f"/students/{student}/erasure")
    erased = (await kept.find_one({}), photos_in(tmp_path))
    await open_school.done("POST", f"/students/{student}/consents", json=CONSENT)
    await sent(student, person, "anna")
    clock = ManualClock(SystemClock().now() + timedelta(days=29))
    async with inside(environment, clock) as (services, _):
        retention = services.get(RetentionService)
        await retention.remove(SYSTEM)
        still = (await kept.count_documents({}), len(photos_in(tmp_path)))
        clock.go_on(timedelta(days=2))
        await retention.remove(SYSTEM)
        await retention.remove(SYSTEM)

    assert taken_back == erased == (None, [])
    assert unlike["looks_like"] == [], "Ann's likeness went with her face"
    assert still == (1, 1), "no orphan while it waits"
    assert (await kept.find_one({}), photos_in(tmp_path)) == (None, [])
