"""Consent that people give themselves, and the way of those who never do."""

from dataclasses import dataclass

from backend.tests.conftest import PASSWORD, Class, Person, new_student, new_teacher, sign_in
from backend.tests.simulator import photo_of

from attendance_backend.adapters.mongo import Client

TEXT = {"version": "2026-1", "language": "en", "text": "We turn photos of your face into numbers."}
OWN = {"text_version": "2026-1"}


@dataclass
class Family:
    """A minor and their guardian, both signed in."""

    student_id: str
    student: Person
    guardian: Person


async def an_account(office: Person, mongo: Client, database: str, role: str, email: str) -> tuple[str, Person]:
    made, _ = await new_teacher(office, email)
    await mongo[database]["users"].update_one({"_id": made}, {"$set": {"role": role}})
    return made, await sign_in(office.http, email, PASSWORD)


async def a_family(office: Person, mongo: Client, database: str, *, is_minor: bool) -> Family:
    student_id = await new_student(office, "ann")
    student, signed_in = await an_account(office, mongo, database, "student", "ann@school.example")
    guardian, caring = await an_account(office, mongo, database, "guardian", "mother@school.example")
    told = {"$set": {"user_id": student, "is_minor": is_minor}}
    await mongo[database]["students"].update_one({"_id": student_id}, told)
    await mongo[database]["guardians"].insert_one({"_id": "g", "student_id": student_id, "user_id": guardian})
    return Family(student_id, signed_in, caring)


async def test_a_minors_consent_is_the_guardians_and_names_a_text_that_was_published(
    office: Person, mongo: Client, database_name: str
) -> None:
    family = await a_family(office, mongo, database_name, is_minor=True)
    path = f"/students/{family.student_id}/consents"
    unread = await family.guardian.ask("POST", f"{path}/own", json=OWN)
    published = await office.done("POST", "/consent-texts", json=TEXT)
    again = await office.ask("POST", "/consent-texts", json={**TEXT, "text": "Something else."})

    alone = await family.student.ask("POST", f"{path}/own", json=OWN)
    given = await family.guardian.done("POST", f"{path}/own", json=OWN)

    assert (unread.status_code, unread.json()["error_code"]) == (422, "CONSENT_TEXT_UNKNOWN")
    assert (again.status_code, again.json()["error_code"]) == (409, "CONSENT_TEXT_TAKEN")
    assert (alone.status_code, alone.json()["error_code"]) == (422, "GUARDIAN_REQUIRED")
    assert (given["given_by"], given["guardian_name"], given["in_force"]) == ("guardian", "A teacher", True)
    assert (await family.student.done("GET", path))["items"] == [given]
    assert (await family.student.done("GET", "/consent-texts?version=2026-1"))["items"] == [published]
    ended = await family.guardian.done("POST", f"{path}/own/withdraw", json={"reason": "changed our mind"})
    assert (ended["id"], ended["in_force"]) == (given["id"], False)


async def test_a_grown_up_student_agrees_alone_and_only_for_themself(
    office: Person, mongo: Client, database_name: str
) -> None:
    family = await a_family(office, mongo, database_name, is_minor=False)
    other = await new_student(office, "ben")
    await office.done("POST", "/consent-texts", json=TEXT)

    given = await family.student.done("POST", f"/students/{family.student_id}/consents/own", json=OWN)
    strangers = await family.student.ask("POST", f"/students/{other}/consents/own", json=OWN)
    reading = await family.student.ask("GET", f"/students/{other}/consents")

    assert (given["given_by"], given["guardian_name"]) == ("student", None)
    assert (strangers.status_code, reading.status_code) == (404, 404)


async def test_who_never_consents_has_attendance_by_hand_in_full(a_class: Class, office: Person) -> None:
    path = f"/sessions/{a_class.session}"
    shown = await a_class.teacher.done("POST", f"{path}/captures", content=photo_of("cleo"))
    assert [face["student_id"] for face in shown["faces"]] == [None]

    await a_class.teacher.done("PUT", f"{path}/marks/{a_class.cleo}", json={"status": "late"})
    await a_class.teacher.done("POST", f"{path}/close")
    records = (await office.done("GET", f"{path}/records"))["items"]
    (record,) = [record for record in records if record["student_id"] == a_class.cleo]
    correction = {"status": "present", "reason": "was at the office"}
    corrected = await a_class.teacher.done("PATCH", f"/records/{record['id']}", json=correction)

    assert (record["status"], record["source"], record["similarity"]) == ("late", "manual", None)
    assert [change["to"] for change in corrected["history"]] == ["late", "present"]
    assert (await office.done("GET", f"/students/{a_class.cleo}"))["face"]["consented"] is False
