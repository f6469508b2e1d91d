"""Subjects and rosters."""

import asyncio

from backend.tests.conftest import Person, new_student, new_teacher

from attendance_backend.adapters.mongo import Client
from attendance_backend.domains.teaching.schemas import MAX_ROSTER


async def test_a_subject_has_one_code_and_teachers_that_exist(office: Person) -> None:
    teacher_id, teacher = await new_teacher(office, "t@school.example")
    new = {"code": "M-1", "name": "Maths", "teacher_ids": [teacher_id, teacher_id]}
    subject = await office.done("POST", "/subjects", json=new)

    taken = await office.ask("POST", "/subjects", json=new)
    unknown = await office.ask("POST", "/subjects", json={**new, "code": "M-2", "teacher_ids": ["nobody"]})

    assert subject["teacher_ids"] == [teacher_id]
    assert (taken.status_code, taken.json()["error_code"]) == (409, "SUBJECT_CODE_TAKEN")
    assert (unknown.status_code, unknown.json()["error_code"]) == (422, "UNKNOWN_TEACHER")
    assert unknown.json()["details"]["reasons"] == ["nobody"]
    assert await teacher.done("GET", f"/subjects/{subject['id']}") == subject
    assert (await office.done("GET", "/subjects?code=M-1"))["items"] == [subject]
    assert (await office.done("GET", "/subjects?code=M-2"))["items"] == []


async def test_a_student_is_on_a_roster_once_and_can_be_taken_off(office: Person) -> None:
    subject = (await office.done("POST", "/subjects", json={"code": "M-1", "name": "Maths"}))["id"]
    ann, ben = [await new_student(office, name) for name in ("ann", "ben")]
    roster = f"/subjects/{subject}/roster"
    for student in (ann, ben, ann):
        assert (await office.ask("PUT", f"{roster}/{student}")).status_code == 204

    both = await office.done("GET", f"{roster}?limit=1")
    rest = await office.done("GET", f"{roster}?limit=1&cursor={both['next_cursor']}")
    for _ in range(2):
        assert (await office.ask("DELETE", f"{roster}/{ann}")).status_code == 204

    assert [row["name"] for row in both["items"] + rest["items"]] == ["ann", "ben"]
    assert rest["next_cursor"] is None
    assert [row["id"] for row in (await office.done("GET", roster))["items"]] == [ben]
    at_once = await asyncio.gather(*[office.ask("PUT", f"{roster}/{ann}") for _ in range(6)])
    assert {answer.status_code for answer in at_once} == {204}
    assert len((await office.done("GET", roster))["items"]) == 2
    assert (await office.ask("PUT", f"{roster}/nobody")).status_code == 404
    assert (await office.ask("PUT", f"/subjects/none/roster/{ann}")).status_code == 404


async def test_a_full_roster_takes_nobody_else_and_keeps_who_is_there(
    office: Person, mongo: Client, database_name: str
) -> None:
    subject = (await office.done("POST", "/subjects", json={"code": "M-1", "name": "Maths"}))["id"]
    ann, ben = [await new_student(office, name) for name in ("ann", "ben")]
    roster = f"/subjects/{subject}/roster"
    await office.done("PUT", f"{roster}/{ann}")
    others = [
        {"_id": f"place-{number}", "subject_id": subject, "student_id": f"student-{number}"}
        for number in range(MAX_ROSTER - 1)
    ]
    await mongo[database_name]["rosters"].insert_many(others)

    again = await office.ask("PUT", f"{roster}/{ann}")
    one_more = await office.ask("PUT", f"{roster}/{ben}")

    assert again.status_code == 204
    assert (one_more.status_code, one_more.json()["error_code"]) == (409, "ROSTER_FULL")
    assert one_more.json()["details"] == {"limit": MAX_ROSTER}
