"""How people come by an account and lose it, where no mail is sent: by links that the office hands over."""

import itertools
from typing import Any

import pytest
from backend.tests.conftest import EMAIL, PASSWORD, Backend, Person, new_student, new_teacher, sign_in

from attendance_backend.adapters.mongo import Client

NUMBERS = itertools.count(1)
CHOSEN = "a secret of my own"


@pytest.fixture
async def desk(shared_backend: Backend) -> Person:
    """The office, at the backend that the module's tests share."""
    return await sign_in(shared_backend.http, EMAIL, PASSWORD)


def somebody() -> str:
    return f"somebody{next(NUMBERS)}@school.example"


async def invited(desk: Person, role: str, student_id: str | None = None) -> tuple[str, dict[str, Any]]:
    """The secret of a new invitation, and the invitation."""
    asked = {"email": somebody(), "role": role, "student_id": student_id}
    made = await desk.done("POST", "/invitations", json=asked)
    page, _, secret = made["link"].partition("#")
    assert page == "/invitation"
    return secret, made


async def accepted(desk: Person, secret: str, name: str = "Some One") -> Any:
    given = {"secret": secret, "name": name, "password": CHOSEN}
    return await desk.http.post("/api/v1/invitations/accept", json=given)


def refused(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["error_code"]


async def test_an_invited_teacher_chooses_a_name_and_a_password_once(desk: Person) -> None:
    secret, invitation = await invited(desk, "teacher")
    weak = {"secret": secret, "name": "Some One", "password": "1234567890"}
    too_common = await desk.http.post("/api/v1/invitations/accept", json=weak)
    made = await accepted(desk, secret)
    twice = await accepted(desk, secret)
    person = await sign_in(desk.http, invitation["email"], CHOSEN)

    assert refused(too_common) == (422, "PASSWORD_TOO_COMMON")
    assert (made.status_code, made.json()["role"]) == (201, "teacher")
    assert refused(twice) == (422, "LINK_INVALID")
    assert (await person.done("GET", "/me"))["name"] == "Some One"
    listed = (await desk.done("GET", "/invitations?limit=200"))["items"]
    [seen] = [item for item in listed if item["id"] == invitation["id"]]
    assert (seen["state"], seen["link"]) == ("accepted", None)


async def test_a_retried_invitation_tells_the_link_again_though_it_is_nowhere_kept(
    desk: Person, shared_backend: Backend, mongo: Client
) -> None:
    asked = {"email": somebody(), "role": "teacher"}
    first, second = [
        await desk.ask("POST", "/invitations", json=asked, headers={"Idempotency-Key": "invite"}) for _ in range(2)
    ]
    secret = first.json()["link"].partition("#")[2]
    database = mongo[shared_backend.environment["MONGODB_DATABASE"]]
    kept = [await database[name].find().to_list() for name in await database.list_collection_names()]

    assert (second.headers["Idempotency-Replayed"], second.json()) == ("true", first.json())
    assert len(secret) == 43
    assert secret not in str(kept)


async def test_an_invited_student_and_guardian_reach_that_student_and_no_other(
    desk: Person, shared_backend: Backend, mongo: Client
) -> None:
    ann, _ = [await new_student(desk, f"{name}{next(NUMBERS)}") for name in ("ann", "ben")]
    users = {}
    for role in ("student", "guardian"):
        secret, _ = await invited(desk, role, ann)
        users[role] = (await accepted(desk, secret)).json()["id"]
    again = await desk.ask("POST", "/invitations", json={"email": somebody(), "role": "student", "student_id": ann})
    database = mongo[shared_backend.environment["MONGODB_DATABASE"]]

    assert refused(again) == (409, "ACCOUNT_TAKEN")
    student = await database["students"].find_one({"_id": ann})
    [guardian] = await database["guardians"].find({"student_id": ann}).to_list()
    assert student is not None
    assert (student["user_id"], guardian["user_id"]) == (users["student"], users["guardian"])


async def test_an_invitation_names_its_student_where_it_needs_one_and_a_free_address(desk: Person) -> None:
    nobody = await desk.ask("POST", "/invitations", json={"email": somebody(), "role": "student"})
    needless = await desk.ask("POST", "/invitations", json={"email": somebody(), "role": "teacher", "student_id": "x"})
    unknown = await desk.ask("POST", "/invitations", json={"email": somebody(), "role": "guardian", "student_id": "x"})
    taken = await desk.ask("POST", "/invitations", json={"email": EMAIL, "role": "teacher"})

    assert [refused(answer) for answer in (nobody, needless, unknown, taken)] == [
        (400, "INVALID_REQUEST"),
        (400, "INVALID_REQUEST"),
        (404, "NOT_FOUND"),
        (409, "EMAIL_TAKEN"),
    ]


async def test_an_invitation_taken_back_opens_nothing(desk: Person) -> None:
    secret, invitation = await invited(desk, "teacher")
    await desk.done("DELETE", f"/invitations/{invitation['id']}")
    twice = await desk.ask("DELETE", f"/invitations/{invitation['id']}")

    assert refused(await accepted(desk, secret)) == (422, "LINK_INVALID")
    assert refused(twice) == (404, "NOT_FOUND")


async def test_the_office_hands_over_a_reset_which_ends_every_sign_in(desk: Person) -> None:
    email = somebody()
    teacher_id, teacher = await new_teacher(desk, email)
    made = await desk.done("POST", f"/users/{teacher_id}/password-reset")
    page, _, secret = made["link"].partition("#")
    given = {"secret": secret, "password": CHOSEN}
    as_invitation = await accepted(desk, secret)
    done, twice = [await desk.http.post("/api/v1/auth/password-reset/complete", json=given) for _ in range(2)]

    assert page == "/password-reset"
    assert refused(as_invitation) == (422, "LINK_INVALID")
    assert (done.status_code, refused(twice)) == (204, (422, "LINK_INVALID"))
    assert (await teacher.ask("GET", "/me")).status_code == 401
    assert await sign_in(desk.http, email, CHOSEN)


async def test_asking_for_a_reset_tells_nothing_of_who_has_an_account(desk: Person) -> None:
    answers = [
        await desk.http.post("/api/v1/auth/password-reset", json={"email": email})
        for email in (EMAIL, "nobody@school.example", "no address")
    ]

    assert [(answer.status_code, answer.content) for answer in answers] == [(202, b"")] * 3


async def test_a_deactivated_user_is_out_at_once_and_in_again_when_the_office_says(desk: Person) -> None:
    email = somebody()
    teacher_id, teacher = await new_teacher(desk, email)
    gone = await desk.done("POST", f"/users/{teacher_id}/deactivate")
    shut_out = await teacher.ask("GET", "/me")
    given = {"email": email, "password": PASSWORD}
    no_way_in = await desk.http.post("/api/v1/auth/sign-in", json=given)
    back = await desk.done("POST", f"/users/{teacher_id}/reactivate")

    assert (gone["is_active"], back["is_active"]) == (False, True)
    assert (shut_out.status_code, refused(no_way_in)) == (401, (401, "INVALID_CREDENTIALS"))
    assert (await (await sign_in(desk.http, email, PASSWORD)).done("GET", "/me"))["id"] == teacher_id


async def test_a_new_role_holds_at_once_wherever_its_user_is_signed_in(desk: Person) -> None:
    teacher_id, teacher = await new_teacher(desk, somebody())
    before = await teacher.ask("GET", "/users")
    await desk.done("PUT", f"/users/{teacher_id}/role", json={"role": "administrator"})
    while_administrator = await teacher.ask("GET", "/users?role=administrator")
    await desk.done("PUT", f"/users/{teacher_id}/role", json={"role": "teacher"})
    after = await teacher.ask("GET", "/users")

    assert [answer.status_code for answer in (before, while_administrator, after)] == [403, 200, 403]
    assert teacher_id in [user["id"] for user in while_administrator.json()["items"]]


async def test_the_last_administrator_stays_and_students_keep_their_role(desk: Person) -> None:
    me = (await desk.done("GET", "/me"))["id"]
    secret, _ = await invited(desk, "student", await new_student(desk, f"cleo{next(NUMBERS)}"))
    student = (await accepted(desk, secret)).json()["id"]

    alone = await desk.ask("POST", f"/users/{me}/deactivate")
    demoted = await desk.ask("PUT", f"/users/{me}/role", json={"role": "teacher"})
    promoted = await desk.ask("PUT", f"/users/{student}/role", json={"role": "administrator"})
    nobody = await desk.ask("POST", "/users/nobody/deactivate")

    assert [refused(answer) for answer in (alone, demoted)] == [(409, "LAST_ADMINISTRATOR")] * 2
    assert (refused(promoted), refused(nobody)) == ((409, "ROLE_FIXED"), (404, "NOT_FOUND"))
