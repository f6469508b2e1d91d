"""A user changes their password: by the old one, and everywhere at once."""

from backend.tests.conftest import EMAIL, PASSWORD, Backend, new_teacher, sign_in
from backend.tests.domains.sign_ins.test_routes import opens

NEW = "an entirely new secret"


async def test_a_new_password_needs_the_old_one_and_ends_every_other_sign_in(shared_backend: Backend) -> None:
    office = await sign_in(shared_backend.http, EMAIL, PASSWORD)
    _, here = await new_teacher(office, "changing@school.example")
    elsewhere = await sign_in(shared_backend.http, "changing@school.example", PASSWORD)

    wrong = await here.ask("PUT", "/me/password", json={"old_password": "a wrong secret", "password": NEW})
    changed, again = [
        await here.ask(
            "PUT",
            "/me/password",
            json={"old_password": PASSWORD, "password": NEW},
            headers={"Idempotency-Key": "change"},
        )
        for _ in range(2)
    ]

    assert (wrong.status_code, wrong.json()["error_code"]) == (401, "INVALID_CREDENTIALS")
    assert (changed.status_code, again.status_code) == (204, 204)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert (await opens(shared_backend, here.token), await opens(shared_backend, elsewhere.token)) == (True, False)
    assert await sign_in(shared_backend.http, "changing@school.example", NEW)


async def test_a_password_that_would_be_guessed_is_refused_wherever_one_is_set(shared_backend: Backend) -> None:
    office = await sign_in(shared_backend.http, EMAIL, PASSWORD)
    new = {"email": "x@school.example", "name": "A teacher", "role": "teacher"}
    common = await office.ask("POST", "/users", json={**new, "password": "Password2026"})
    telling = await office.ask("PUT", "/me/password", json={"old_password": PASSWORD, "password": "my office is far"})
    by_command = shared_backend.command("admin", "create", "--email", "x@y.example", "--name", "X", given="1234567890")

    assert (common.status_code, common.json()["error_code"]) == (422, "PASSWORD_TOO_COMMON")
    assert (telling.status_code, telling.json()["error_code"]) == (422, "PASSWORD_TELLS_WHO")
    assert (by_command.returncode, "guess" in by_command.stderr) == (2, True)
