"""Signing in, and users."""

from backend.tests.conftest import EMAIL, PASSWORD, Person, sign_in

TEACHER = {"email": "T@school.example", "name": "A teacher", "role": "teacher", "password": PASSWORD}


async def test_the_right_password_opens_and_nothing_else_tells_anything(office: Person) -> None:
    http, path = office.http, "/api/v1/auth/sign-in"
    wrong = await http.post(path, json={"email": EMAIL, "password": "wrong password"})
    nobody = await http.post(path, json={"email": "nobody@school.example", "password": PASSWORD})
    right = await http.post(path, json={"email": EMAIL.upper(), "password": PASSWORD})

    assert (wrong.status_code, wrong.json()["error_code"]) == (401, "INVALID_CREDENTIALS")
    assert {**wrong.json(), "request_id": ""} == {**nobody.json(), "request_id": ""}
    assert right.json().keys() == {
        "access_token",
        "token_type",
        "expires_in",
        "refresh_token",
        "refresh_expires_in",
    }
    assert (right.json()["token_type"], right.json()["expires_in"]) == ("bearer", 600)
    assert right.headers["Cache-Control"] == "no-store"


async def test_the_office_makes_users_and_sees_nothing_of_their_passwords(office: Person) -> None:
    made = await office.done("POST", "/users", json=TEACHER)
    taken = await office.ask("POST", "/users", json={**TEACHER, "email": "t@School.example"})

    told = {"email": "t@school.example", "email_verified": False, "name": "A teacher", "role": "teacher"}
    assert made == {"id": made["id"], **told}
    assert (taken.status_code, taken.json()["error_code"]) == (409, "EMAIL_TAKEN")
    [found] = (await office.done("GET", "/users?email=T@school.example"))["items"]
    assert found.items() >= {**made, "is_active": True, "signed_in_at": None}.items()
    assert found.keys() == {*made, "is_active", "created_at", "signed_in_at"}
    assert [user["role"] for user in (await office.done("GET", "/users"))["items"]] == ["administrator", "teacher"]
    teacher = await sign_in(office.http, "t@school.example", PASSWORD)
    assert (await teacher.done("GET", "/me")).items() >= made.items()


async def test_a_user_needs_a_real_address_a_long_password_and_a_known_role(office: Person) -> None:
    for change in ({"email": "x"}, {"email": "a b@c"}, {"email": "a@b@c"}, {"password": "short"}, {"role": "system"}):
        answer = await office.ask("POST", "/users", json={**TEACHER, **change})
        assert (answer.status_code, answer.json()["error_code"]) == (400, "INVALID_REQUEST"), change


async def test_a_list_is_walked_page_by_page(office: Person) -> None:
    for number in range(5):
        await office.done("POST", "/users", json={**TEACHER, "email": f"t{number}@school.example"})
    seen, path = [], "/users?limit=2"
    while path:
        page = await office.done("GET", path)
        seen += [user["email"] for user in page["items"]]
        path = f"/users?limit=2&cursor={page['next_cursor']}" if page["next_cursor"] else ""

    assert seen == [EMAIL, *[f"t{number}@school.example" for number in range(5)]]
