"""Many photos at once, in a running backend; the ML service is played."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from backend.tests.conftest import Backend, Person, new_student, photos_in
from backend.tests.domains.face_imports.test_policy import zipped
from backend.tests.simulator import Simulator, photo_of

from attendance_backend.adapters.mongo import Client
from attendance_backend.domains.face_imports.flows import AT_ONCE
from attendance_backend.domains.face_imports.service import MAX_FAULTS

CONSENT = {"purpose": "face_recognition", "text_version": "1", "given_by": "student"}
ZIP = {"Content-Type": "application/zip"}


async def three_students(office: Person) -> tuple[str, str, str]:
    """Ann and Ben have consented, Cleo has not."""
    ann, ben, cleo = [await new_student(office, name) for name in ("ann", "ben", "cleo")]
    for student in (ann, ben):
        await office.done("POST", f"/students/{student}/consents", json=CONSENT)
    return ann, ben, cleo


MIXED = [
    ("R-ann.jpg", photo_of("ann", shot=1)),
    ("R-ann_2.jpg", photo_of("ann", shot=2)),
    ("R-ann_3.jpg", photo_of("ben", shot=3)),
    ("R-ben/front.jpg", photo_of()),
    ("R-ben/side.jpg", photo_of("ben")),
    ("R-ben/again.jpg", photo_of("ben")),
    ("R-cleo.jpg", photo_of("cleo")),
    ("R-nobody.jpg", photo_of("dan")),
    ("notes.jpg", b"text"),
]
OUTCOMES = {
    "R-ann.jpg": None,
    "R-ann_2.jpg": None,
    "R-ann_3.jpg": "NOT_SAME_PERSON",
    "R-ben/front.jpg": "NO_FACE_FOUND",
    "R-ben/side.jpg": None,
    "R-ben/again.jpg": "DUPLICATE_PHOTO",
    "R-cleo.jpg": "CONSENT_REQUIRED",
    "R-nobody.jpg": "UNKNOWN_STUDENT",
    "notes.jpg": "INVALID_FORMAT",
}


async def sent(office: Person, entries: list[tuple[str, bytes]], **asked: str) -> dict[str, Any]:
    content = zipped(entries).getvalue()
    answer = await office.ask("POST", "/imports/faces", content=content, headers=ZIP, params=asked)
    assert answer.status_code == 202, answer.text
    assert answer.headers["Location"] == f"/api/v1/imports/{answer.json()['id']}"
    begun: dict[str, Any] = answer.json()
    return begun


async def happens(asked: Callable[[], Awaitable[bool]]) -> None:
    """Return as soon as the answer is yes."""
    async with asyncio.timeout(90):
        while True:
            if await asked():
                return
            await asyncio.sleep(0.02)


async def until(office: Person, import_id: str, **wanted: Any) -> dict[str, Any]:
    """The import as soon as it is as wanted."""
    async with asyncio.timeout(90):
        while True:
            shown: dict[str, Any] = await office.done("GET", f"/imports/{import_id}")
            if all(shown[name] == value for name, value in wanted.items()):
                return shown
            await asyncio.sleep(0.05)


async def test_each_photo_has_its_outcome_first_dry_then_for_good(
    office: Person, simulator: Simulator, mongo: Client, database_name: str, backend: Backend
) -> None:
    ann, ben, cleo = await three_students(office)

    tried = await until(office, (await sent(office, MIXED, dry_run="true"))["id"], state="done")
    faces = [(await office.done("GET", f"/students/{student}"))["face"]["photos"] for student in (ann, ben, cleo)]
    done = await until(office, (await sent(office, MIXED))["id"], state="done")

    assert faces == [0, 0, 0]
    for shown in (tried, done):
        photos = (await office.done("GET", f"/imports/{shown['id']}/photos"))["items"]
        assert {photo["name"]: photo["error_code"] for photo in photos} == OUTCOMES
        assert (shown["accepted"], shown["refused"], shown["waiting"]) == (3, 6, 0)
        assert all(photo["reasons"] for photo in photos if photo["error_code"])
    faces = [(await office.done("GET", f"/students/{student}"))["face"]["photos"] for student in (ann, ben, cleo)]
    assert faces == [2, 1, 0]
    assert simulator.calls.count("/api/ml/encode-face") == 2 * 5, "nobody without consent was looked at"
    assert photos_in(backend.home) == []
    keys = await mongo[f"{database_name}_vault"]["data_keys"].distinct("keyAltNames")
    assert [owner for owner in keys if owner.startswith("photo:")] == []
    assert {f"student:{ann}", f"student:{ben}"} <= set(keys)
    again = await until(office, (await sent(office, MIXED))["id"], state="done")
    assert again["accepted"] == 3


async def test_an_import_outlives_a_kill_and_an_ml_service_that_is_away(
    office: Person, simulator: Simulator, backend: Backend
) -> None:
    ann, ben, _ = await three_students(office)
    simulator.switches.delay = 0.5
    begun = await sent(
        office, [(f"R-{name}_{shot}.jpg", photo_of(name, shot=shot)) for name in ("ann", "ben") for shot in range(3)]
    )
    backend.kill()
    simulator.switches.delay = 0.0
    await backend.start()

    shown = await until(office, begun["id"], state="done")

    assert (shown["accepted"], shown["refused"]) == (6, 0)
    faces = [(await office.done("GET", f"/students/{student}"))["face"]["photos"] for student in (ann, ben)]
    assert faces == [3, 3]
    assert photos_in(backend.home) == []


async def test_a_cancelled_import_leaves_no_photo(office: Person, simulator: Simulator, backend: Backend) -> None:
    await three_students(office)
    simulator.switches.status = 503
    begun = await sent(office, MIXED)

    cancelled = await office.done("POST", f"/imports/{begun['id']}/cancel")
    again = await office.ask("POST", f"/imports/{begun['id']}/cancel")

    assert (cancelled["state"], cancelled["accepted"]) == ("cancelled", 0)
    assert (again.status_code, again.json()["error_code"]) == (409, "IMPORT_OVER")
    assert photos_in(backend.home) == []
    assert (await office.ask("GET", "/imports/none")).status_code == 404
    broken = await office.ask("POST", "/imports/faces", content=b"no zip", headers=ZIP)
    assert broken.json()["error_code"] == "ARCHIVE_UNREADABLE"


async def test_a_photo_on_which_the_ml_service_fails_again_and_again_does_not_hold_up_its_import_for_ever(
    office: Person, simulator: Simulator, mongo: Client, database_name: str
) -> None:
    await three_students(office)
    simulator.switches.garbage = True
    begun = await sent(office, [("R-ann.jpg", photo_of("ann"))])
    photos = mongo[database_name]["face_import_photos"]

    once_before = {"$set": {"faults": MAX_FAULTS - 1}}

    async def failed_once() -> bool:
        return bool((await photos.update_one({"faults": {"$gt": 0}}, once_before)).matched_count)

    await happens(failed_once)
    shown = await until(office, begun["id"], state="done")

    assert (shown["refused"], shown["errors"]) == (1, {"ML_ANSWER_INVALID": 1})


async def test_a_cancelled_import_looks_at_no_further_student(office: Person, simulator: Simulator) -> None:
    students = [await new_student(office, f"{letter}-student") for letter in "abcdefghijklmno"]
    for student in students:
        await office.done("POST", f"/students/{student}/consents", json=CONSENT)
    simulator.switches.delay = 2.0
    photos = [(f"R-{letter}-student.jpg", photo_of(f"{letter}-student")) for letter in "abcdefghijklmno"]
    begun = await sent(office, photos)

    async def begins() -> bool:
        return any(path.endswith("/encode-face") for path in simulator.calls)

    await happens(begins)
    cancelled = await office.done("POST", f"/imports/{begun['id']}/cancel")
    simulator.switches.delay = 0.0
    again = await sent(office, photos)
    shown = await until(office, again["id"], state="done")

    first = await office.done("GET", f"/imports/{begun['id']}")
    assert first["state"] == "cancelled"
    assert first["accepted"] - cancelled["accepted"] <= AT_ONCE, "those that were looked at just then"
    assert shown["accepted"] == len(students)
