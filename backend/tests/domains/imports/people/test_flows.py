"""Files of guardians and teachers taken over by a running backend."""

from typing import Any

import pytest
from backend.tests.conftest import EMAIL, PASSWORD, Backend, Person, sign_in
from backend.tests.domains.imports.test_flows import sent, taken

DIRTY_GUARDIANS = (
    "\ufeffParent;Roll No.;Guardian name;E-Mail;sourcedId;Phone\r\n"
    'mother;G1;"Zoë ""Z"" Müller";FAMILY@home.example;;1\r\n'
    "father;G1;Ben Müller;family@home.example;p-2;2\r\n"
    "aunt;G1;Ben Müller;no address;;3\r\n"
    "mother;G2;=cmd;;;4\r\n"
    "father;G2;;;;5\r\n"
    "mother;G9;Nobody's;;;6\r\n"
    "mother;G2;Twice;;;7\r\n"
    "mother;G2;twice;;;8\r\n"
)
DIRTY_TEACHERS = (
    "Vorname,Nachname,Mail\nTea,Cher,tea@s.example\n,,no@s.example\n"
    "A,B,nobody\nX,Y,twice@s.example\nX,Y,TWICE@s.example\n"
)


@pytest.fixture(scope="module")
async def office(shared_backend: Backend) -> Person:
    """The office of a school that the tests of this module share."""
    return await sign_in(shared_backend.http, EMAIL, PASSWORD)


async def a_student(office: Person, roll_number: str) -> str:
    new = {"roll_number": roll_number, "name": f"Student {roll_number}"}
    return str((await office.done("POST", "/students", json=new))["id"])


async def guardians(office: Person, student_id: str) -> list[tuple[str, str | None]]:
    found = (await office.done("GET", f"/students/{student_id}/guardians"))["items"]
    return sorted([(one["name"], one["email"]) for one in found], key=str)


def codes(report: dict[str, Any]) -> list[tuple[int, str | None, str]]:
    return [(issue["line"], issue["column"], issue["code"]) for issue in report["issues"]]


async def test_a_dirty_file_of_guardians_is_told_row_by_row_and_only_sound_rows_come_in(office: Person) -> None:
    one, two = [await a_student(office, roll) for roll in ("G1", "G2")]

    judged = await taken(office, "guardians", DIRTY_GUARDIANS, dry_run="true")
    refused = await sent(office, "guardians", DIRTY_GUARDIANS)
    untouched = await guardians(office, one)
    partly = await taken(office, "guardians", DIRTY_GUARDIANS, mode="valid_rows")
    again = await taken(office, "guardians", DIRTY_GUARDIANS, mode="valid_rows")

    assert codes(judged) == [
        (4, "E-Mail", "NO_EMAIL"),
        (5, "Guardian name", "FORMULA_CELL"),
        (6, "Guardian name", "EMPTY_CELL"),
        (7, "Roll No.", "UNKNOWN_STUDENT"),
        (8, "Roll No.", "TWICE_IN_FILE"),
        (9, "Roll No.", "TWICE_IN_FILE"),
    ]
    assert judged["file"]["ignored_columns"] == ["Parent", "Phone"]
    assert (refused.status_code, refused.json()["error_code"], untouched) == (422, "IMPORT_REFUSED", [])
    assert partly["counts"] == {"new": 2, "changed": 0, "unchanged": 0, "refused": 6}
    assert again["counts"] == {"new": 0, "changed": 0, "unchanged": 2, "refused": 6}
    family = "family@home.example"
    assert await guardians(office, one) == [("Ben Müller", family), ('Zoë "Z" Müller', family)]
    assert await guardians(office, two) == []


async def test_guardians_are_known_by_id_then_by_name_and_none_takes_anothers_place(office: Person) -> None:
    student = await a_student(office, "K1")
    ann = {"name": "Ann Doe", "email": "a@h.example"}
    by_hand = await office.done("POST", f"/students/{student}/guardians", json=ann)
    head = "roll number,name,email,external id\n"

    first = await taken(office, "guardians", f"{head}K1,ann doe,new@h.example,p1\nK1,Bo Doe,a@h.example,\n")
    renamed = await taken(office, "guardians", f"{head}K1,Ann Smith,,p1\n")
    other = await taken(office, "guardians", f"{head}K1,Ann Smith,,p9\n")

    assert [report["counts"]["new"] for report in (first, renamed, other)] == [1, 0, 1]
    assert [report["counts"]["changed"] for report in (first, renamed, other)] == [1, 1, 0]
    assert await guardians(office, student) == [
        ("Ann Smith", "new@h.example"),
        ("Ann Smith", None),
        ("Bo Doe", "a@h.example"),
    ]
    kept = (await office.done("GET", f"/students/{student}/guardians"))["items"]
    assert by_hand["id"] in {one["id"] for one in kept if one["email"] == "new@h.example"}


async def test_a_guardian_who_signs_in_keeps_their_address_and_nobody_has_more_than_twenty(office: Person) -> None:
    student = await a_student(office, "S1")
    asked = {"email": "signs@in.example", "role": "guardian", "student_id": student}
    link = (await office.done("POST", "/invitations", json=asked))["link"]
    accepted = {"secret": link.partition("#")[2], "name": "Signs In", "password": PASSWORD}
    assert (await office.http.post("/api/v1/invitations/accept", json=accepted)).is_success

    report = await taken(office, "guardians", "roll number,name,email\nS1,Signs In,other@in.example\n")
    many = await sent(office, "guardians", "roll number,name\n" + "".join(f"S1,Aunt {n}\n" for n in range(20)))

    assert codes(report) == [(2, "email", "EMAIL_STAYS")]
    assert report["counts"]["unchanged"] == 1
    assert await guardians(office, student) == [("Signs In", "signs@in.example")]
    assert codes(many.json()["details"]["report"]) == [(21, "roll number", "TOO_MANY_GUARDIANS")]


async def test_a_dirty_file_of_teachers_makes_the_accounts_of_its_sound_rows(office: Person) -> None:
    refused = await sent(office, "teachers", DIRTY_TEACHERS)
    partly = await taken(office, "teachers", DIRTY_TEACHERS, mode="valid_rows")
    again = await taken(office, "teachers", "email,name\nTEA@s.example,Tea C. Cher\n")
    empty = {"email": "tea@s.example", "password": ""}
    locked = await office.http.post("/api/v1/auth/sign-in", json=empty)
    (user,) = (await office.done("GET", "/users", params={"email": "tea@s.example"}))["items"]
    link = (await office.done("POST", f"/users/{user['id']}/password-reset"))["link"]
    chosen = {"secret": link.partition("#")[2], "password": PASSWORD}
    assert (await office.http.post("/api/v1/auth/password-reset/complete", json=chosen)).is_success
    teacher = await sign_in(office.http, "tea@s.example", PASSWORD)

    assert codes(refused.json()["details"]["report"]) == [
        (3, "Vorname", "EMPTY_CELL"),
        (4, "Mail", "NO_EMAIL"),
        (5, "Mail", "TWICE_IN_FILE"),
        (6, "Mail", "TWICE_IN_FILE"),
    ]
    assert (partly["counts"]["new"], again["counts"]["changed"], locked.status_code) == (1, 1, 401)
    assert (user["name"], user["role"], user["email_verified"]) == ("Tea C. Cher", "teacher", False)
    assert (await teacher.done("GET", "/me"))["role"] == "teacher"


async def test_no_file_of_teachers_changes_who_is_something_else(office: Person) -> None:
    student = await a_student(office, "T1")
    asked = {"email": "pupil@s.example", "role": "student", "student_id": student}
    link = (await office.done("POST", "/invitations", json=asked))["link"]
    accepted = {"secret": link.partition("#")[2], "name": "Pupil", "password": PASSWORD}
    assert (await office.http.post("/api/v1/invitations/accept", json=accepted)).is_success
    await taken(office, "teachers", "email,name\ngone@s.example,Gone\n")
    (gone,) = (await office.done("GET", "/users", params={"email": "gone@s.example"}))["items"]
    await office.done("POST", f"/users/{gone['id']}/deactivate")

    file = f"email,name\npupil@s.example,Not a pupil\n{EMAIL},Somebody\ngone@s.example,Gone\n"
    report = await taken(office, "teachers", file, mode="valid_rows")

    assert codes(report) == [(2, "email", "EMAIL_TAKEN"), (4, "email", "DEACTIVATED_HERE")]
    assert report["counts"] == {"new": 0, "changed": 0, "unchanged": 2, "refused": 1}
    assert (await office.done("GET", "/me"))["name"] == "The office"
