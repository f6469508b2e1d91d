"""Consent, and what its end takes with it."""

import asyncio

from backend.tests.conftest import Class, Person, new_student
from backend.tests.simulator import photo_of

from attendance_backend.adapters.mongo import Client

CONSENT = {"purpose": "face_recognition", "text_version": "2026-1", "given_by": "student"}


async def test_the_ledger_tells_who_agreed_to_what_and_when_it_ended(office: Person) -> None:
    ann = await new_student(office, "ann")
    first = await office.done("POST", f"/students/{ann}/consents", json=CONSENT)
    same = await office.done("POST", f"/students/{ann}/consents", json=CONSENT)
    newer = await office.done("POST", f"/students/{ann}/consents", json={**CONSENT, "text_version": "2026-2"})
    withdrawn = await office.done("POST", f"/students/{ann}/consents/withdraw", json={"reason": "moved"})

    assert (same, first["in_force"], first["text_version"]) == (first, True, "2026-1")
    assert (withdrawn["id"], withdrawn["in_force"]) == (newer["id"], False)
    ledger = (await office.done("GET", f"/students/{ann}/consents"))["items"]
    assert [(entry["id"], entry["ended"]["how"]) for entry in ledger] == [
        (first["id"], "superseded"),
        (newer["id"], "withdrawn"),
    ]
    assert ledger[1]["ended"]["reason"] == "moved"
    assert ledger[1]["ended"]["by"] == (await office.done("GET", "/me"))["id"]


async def test_many_who_record_the_same_consent_at_once_record_one(office: Person) -> None:
    ann = await new_student(office, "ann")

    answers = await asyncio.gather(*[office.ask("POST", f"/students/{ann}/consents", json=CONSENT) for _ in range(6)])

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1


async def test_for_a_minor_a_guardian_agrees_and_is_named(office: Person) -> None:
    new = {"roll_number": "R-1", "name": "Ben", "is_minor": True}
    ben = (await office.done("POST", "/students", json=new))["id"]
    path = f"/students/{ben}/consents"

    alone = await office.ask("POST", path, json=CONSENT)
    nameless = await office.ask("POST", path, json={**CONSENT, "given_by": "guardian"})
    guarded = await office.done("POST", path, json={**CONSENT, "given_by": "guardian", "guardian_name": "His mother"})

    assert (alone.status_code, alone.json()["error_code"]) == (422, "GUARDIAN_REQUIRED")
    assert (nameless.status_code, nameless.json()["error_code"]) == (400, "INVALID_REQUEST")
    assert guarded["guardian_name"] == "His mother"


async def test_what_there_is_not_can_not_be_withdrawn(office: Person) -> None:
    ann = await new_student(office, "ann")

    none = await office.ask("POST", f"/students/{ann}/consents/withdraw")

    assert (none.status_code, none.json()["error_code"]) == (409, "CONSENT_REQUIRED")
    assert (await office.ask("POST", "/students/none/consents/withdraw")).status_code == 404
    assert (await office.ask("POST", "/students/none/consents", json=CONSENT)).status_code == 404
    assert (await office.ask("GET", "/students/none/consents")).status_code == 404


async def test_a_withdrawal_takes_vectors_and_key_with_it_and_the_student_is_not_recognised_any_more(
    a_class: Class, office: Person, mongo: Client, database_name: str
) -> None:
    vault = mongo[f"{database_name}_vault"]["data_keys"]
    assert await vault.count_documents({"keyAltNames": f"student:{a_class.ann}"}) == 1

    await office.done("POST", f"/students/{a_class.ann}/consents/withdraw")

    assert await mongo[database_name]["templates"].count_documents({"student_id": a_class.ann}) == 0
    assert await vault.count_documents({"keyAltNames": f"student:{a_class.ann}"}) == 0
    assert (await office.done("GET", f"/students/{a_class.ann}"))["face"]["photos"] == 0
    path = f"/sessions/{a_class.session}/captures"
    shown = await a_class.teacher.done("POST", path, content=photo_of("ann", "ben"))
    assert [face["student_id"] for face in shown["faces"]] == [None, a_class.ben]


async def test_who_agrees_again_can_be_enrolled_again_and_a_repeated_withdrawal_does_no_harm(office: Person) -> None:
    ann = await new_student(office, "ann", photos=1)
    keyed = {"Idempotency-Key": "withdraw-1"}
    path = f"/students/{ann}/consents"
    first = await office.ask("POST", f"{path}/withdraw", headers=keyed)
    await office.done("POST", path, json=CONSENT)
    await office.done("POST", f"/students/{ann}/face-photos", content=photo_of("ann", shot=7))

    again = await office.ask("POST", f"{path}/withdraw", headers=keyed)
    more = await office.done("POST", f"/students/{ann}/face-photos", content=photo_of("ann", shot=8))

    assert again.json() == first.json()
    assert more["stored"] == 2, "the first vector of the new enrolment can still be read"
