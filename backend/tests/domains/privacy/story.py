"""A student's whole story at a school: every collection that can tell of somebody tells of Ann then."""

from dataclasses import dataclass
from typing import Any

import bson
from backend.tests.conftest import PASSWORD, Class, Person, new_student, sign_in
from backend.tests.domains.face_imports.test_policy import zipped
from backend.tests.simulator import photo_of

from attendance_backend.adapters.mongo import Client
from attendance_backend.documents import new_id
from attendance_backend.domains.own_faces.schemas import OwnFace, OwnFaceState
from attendance_backend.ports.clock import SystemClock

ADDRESS = "ann@school.example"
EXCUSED, ASKED, WRONG = "at the dentist's", "I came by the back door", "was seen in the corridor"
MOTHER, NOT_HERS = "Ann's mother", "this is somebody else"


@dataclass
class Story:
    """Ann as she is signed in, and by what she is known."""

    person: Person
    student: str
    account: str
    session: str

    @property
    def names(self) -> tuple[str, ...]:
        return (self.student, self.account, ADDRESS)


async def anns_story(taught: Class, office: Person, mongo: Client, database: str) -> Story:
    """Invited, excused, checked in with her face, photographed, corrected, imported; a wrong password besides."""
    person = await _account(taught, office)
    await office.done("POST", f"/students/{taught.ann}/guardians", json={"name": MOTHER, "email": "m@school.example"})
    wished = {"from": "2026-11-25", "to": "2026-11-26", "subject_id": None, "reason": EXCUSED}
    await person.done("POST", f"/students/{taught.ann}/excuses", json=wished)
    await _a_lesson(taught, person)
    await import_of_ann(office)
    await new_student(office, "anna", photos=1)
    await _sent_a_face(mongo, database, taught.ann)
    await office.http.post("/api/v1/auth/sign-in", json={"email": ADDRESS, "password": "not this one"})
    account = (await person.done("GET", "/me"))["id"]
    await office.done("POST", f"/users/{account}/password-reset")
    return Story(person, taught.ann, account, taught.session)


async def import_of_ann(office: Person) -> None:
    content = zipped([("R-ann.jpg", photo_of("ann", shot=7))]).getvalue()
    await office.done("POST", "/imports/faces", content=content, headers={"Content-Type": "application/zip"})


async def _account(taught: Class, office: Person) -> Person:
    asked = {"email": ADDRESS, "role": "student", "student_id": taught.ann}
    made = await office.done("POST", "/invitations", json=asked)
    given = {"secret": made["link"].partition("#")[2], "name": "ann", "password": PASSWORD}
    accepted = await office.http.post("/api/v1/invitations/accept", json=given)
    assert accepted.is_success, accepted.text
    return await sign_in(office.http, ADDRESS, PASSWORD)


async def _a_lesson(taught: Class, person: Person) -> None:
    path = f"/sessions/{taught.session}"
    shown = await taught.teacher.done("PUT", f"{path}/code", json={"with_face": True})
    await person.ask("POST", "/check-ins", json={"session_id": taught.session, "digits": _another(shown["digits"])})
    made = await person.done("POST", "/check-ins", json={"token": shown["token"]})
    await person.done("PUT", f"/check-ins/{made['id']}/face", content=photo_of("ann", shot=9))
    await taught.teacher.done("POST", f"{path}/captures", content=photo_of("ann", "ben"))
    await taught.teacher.done("POST", f"{path}/close")
    records = (await taught.teacher.done("GET", f"{path}/records"))["items"]
    (own,) = [record["id"] for record in records if record["student_id"] == taught.ann]
    await taught.teacher.done("PATCH", f"/records/{own}", json={"status": "late", "reason": WRONG})
    wish = {"record_id": own, "status": "present", "reason": ASKED}
    await person.done("POST", "/correction-requests", json=wish)


async def _sent_a_face(mongo: Client, database: str, student: str) -> None:
    """What is kept of a photo that the office has refused."""
    now = SystemClock().now()
    face = OwnFace(
        id=new_id(),
        student_id=student,
        state=OwnFaceState.REFUSED,
        media_type="image/jpeg",
        looks_like=[],
        submitted_at=now,
        submitted_by="the student",
        decided_at=now,
        decided_by="the office",
        reason=NOT_HERS,
    )
    await mongo[database]["own_faces"].insert_one(face.to_document())


def _another(digits: str) -> str:
    return f"{(int(digits) + 1) % 1_000_000:06}"


async def rows_with(mongo: Client, name: str, names: tuple[str, ...]) -> dict[str, list[dict[str, Any]]]:
    """Every document, by its collection, that has one of these names anywhere in it."""
    database, found = mongo[name], dict[str, list[dict[str, Any]]]()
    for collection in await database.list_collection_names():
        async for row in database[collection].find():
            content = bson.encode(row, codec_options=database.codec_options)
            if any(one.encode() in content for one in names):
                found.setdefault(collection, []).append(row)
    return found
