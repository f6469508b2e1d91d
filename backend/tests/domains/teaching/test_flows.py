"""Subjects and rosters."""

import asyncio
from datetime import UTC, datetime

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
    older = {"added_at": datetime.now(UTC), "added_by": "office"}
    others = [
        {"_id": f"place-{number}", "subject_id": subject, "student_id": f"student-{number}", **older}
        for number in range(MAX_ROSTER - 1)
    ]
    await mongo[database_name]["rosters"].insert_many(others)

    again = await office.ask("PUT", f"{roster}/{ann}")
    one_more = await office.ask("PUT", f"{roster}/{ben}")

    assert again.status_code == 204
    assert (one_more.status_code, one_more.json()["error_code"]) == (409, "ROSTER_FULL")
    assert one_more.json()["details"] == {"limit": MAX_ROSTER}


async def test_a_subject_changes_its_name_and_teachers_and_is_archived(office: Person) -> None:
    (first, one), (second, two) = [await new_teacher(office, f"{n}@school.example") for n in "ab"]
    subject = await office.done("POST", "/subjects", json={"code": "M-1", "name": "Maths", "teacher_ids": [first]})
    path = f"/subjects/{subject['id']}"

    both = await office.done("PATCH", path, json={"teacher_ids": [first, second, first], "name": "Mathematics"})
    stale = await office.ask("PATCH", path, json={"name": "X"}, headers={"If-Match": '"1"'})
    nobody = await office.ask("PATCH", path, json={"teacher_ids": ["nobody"]})
    archived = await office.done("PATCH", path, json={"archived": True, "teacher_ids": [second]})

    assert (both["teacher_ids"], both["name"], both["version"]) == ([first, second], "Mathematics", 2)
    assert [(a.status_code, a.json()["error_code"]) for a in (stale, nobody)] == [
        (412, "VERSION_CONFLICT"),
        (422, "UNKNOWN_TEACHER"),
    ]
    assert await two.done("GET", path) == archived
    assert (await one.ask("GET", path)).status_code == 404
    assert (await office.done("GET", "/subjects?archived=false"))["items"] == []
    assert (await office.done("GET", "/subjects?archived=true"))["items"] == [archived]


async def on_roster(office: Person, subject: str, day: str) -> list[str]:
    return [row["name"] for row in (await office.done("GET", f"/subjects/{subject}/roster?on={day}"))["items"]]


async def test_a_session_has_the_roster_of_its_day(office: Person) -> None:
    subject = (await office.done("POST", "/subjects", json={"code": "M-1", "name": "Maths"}))["id"]
    ann, ben, cleo = [await new_student(office, name) for name in ("ann", "ben", "cleo")]
    roster = f"/subjects/{subject}/roster"
    set_to = [
        {"student_id": ann},
        {"student_id": ben, "joins_on": "2026-10-01"},
        {"student_id": cleo, "leaves_on": "2026-10-01"},
        {"student_id": cleo, "joins_on": "2026-11-01", "leaves_on": "2026-12-01"},
    ]

    assert await office.done("PUT", roster, json={"students": set_to}) == {"students": 3}

    for day, names in {
        "2026-09-30": ["ann", "cleo"],
        "2026-10-01": ["ann", "ben"],
        "2026-11-01": ["ann", "ben", "cleo"],
        "2026-12-01": ["ann", "ben"],
    }.items():
        assert await on_roster(office, subject, day) == names
        session = await office.done("POST", "/sessions", json={"subject_id": subject, "date": day, "period": 1})
        register = await office.done("GET", f"/sessions/{session['id']}/register")
        assert [row["name"] for row in register["students"]] == names
        overview = await office.done("GET", f"/sessions/overview?date={day}")
        assert [row["students"] for row in overview["items"]] == [len(names)]


async def test_a_student_who_leaves_and_comes_back_has_two_periods(office: Person) -> None:
    subject = (await office.done("POST", "/subjects", json={"code": "M-1", "name": "Maths"}))["id"]
    ann = await new_student(office, "ann")
    place = f"/subjects/{subject}/roster/{ann}"

    await office.done("PUT", place)
    await office.done("DELETE", f"{place}?leaves_on=2026-10-01")
    await office.done("PUT", place, json={"joins_on": "2026-11-01"})
    backwards = await office.ask("PUT", place, json={"joins_on": "2026-11-01", "leaves_on": "2026-11-01"})

    assert backwards.status_code == 400
    found = await office.done("GET", f"/subjects/{subject}/roster?on=2026-11-01")
    assert found["items"][0]["periods"] == [
        {"joins_on": None, "leaves_on": "2026-10-01"},
        {"joins_on": "2026-11-01", "leaves_on": None},
    ]
    assert [await on_roster(office, subject, day) for day in ("2026-09-30", "2026-10-01")] == [["ann"], []]
    await office.done("DELETE", f"{place}?leaves_on=2000-01-01")
    assert await on_roster(office, subject, "2026-09-30") == []


async def test_a_whole_roster_is_set_or_stays_as_it_was(office: Person) -> None:
    subject = (await office.done("POST", "/subjects", json={"code": "M-1", "name": "Maths"}))["id"]
    ann, ben = [await new_student(office, name) for name in ("ann", "ben")]
    roster = f"/subjects/{subject}/roster"
    await office.done("PUT", f"{roster}/{ann}")

    refused = await office.ask("PUT", roster, json={"students": [{"student_id": ben}, {"student_id": "nobody"}]})

    assert (refused.status_code, refused.json()["error_code"]) == (422, "UNKNOWN_STUDENT")
    assert refused.json()["details"]["reasons"] == ["nobody"]
    assert await on_roster(office, subject, "2026-11-22") == ["ann"]
    await office.done("PUT", roster, json={"students": [{"student_id": ben}]})
    assert await on_roster(office, subject, "2026-11-22") == ["ben"]
