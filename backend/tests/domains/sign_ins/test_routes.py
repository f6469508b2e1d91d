"""Programs that stay signed in by tokens that turn, and the end of it, over HTTP."""

from typing import Any

import httpx2
from backend.tests.conftest import EMAIL, PASSWORD, Backend, Person, sign_in

AUTH = "/api/v1/auth"


async def tokens_of(backend: Backend, email: str = EMAIL, **headers: str) -> dict[str, Any]:
    given = {"email": email, "password": PASSWORD}
    answer = await backend.http.post(f"{AUTH}/sign-in", json=given, headers=headers)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def refreshed(backend: Backend, token: str, key: str | None = None) -> httpx2.Response:
    headers = {"Idempotency-Key": key} if key else {}
    return await backend.http.post(f"{AUTH}/refresh", json={"refresh_token": token}, headers=headers)


async def opens(backend: Backend, access_token: str) -> bool:
    answer = await Person(backend.http, access_token).ask("GET", "/me")
    assert answer.status_code in {200, 401}
    return answer.status_code == 200


async def test_a_refresh_token_brings_the_next_two_tokens(shared_backend: Backend) -> None:
    first = await tokens_of(shared_backend)
    second = (await refreshed(shared_backend, first["refresh_token"])).json()
    third = (await refreshed(shared_backend, second["refresh_token"])).json()

    assert second.keys() == first.keys()
    assert len({tokens["refresh_token"] for tokens in (first, second, third)}) == 3
    assert 0 < third["refresh_expires_in"] <= first["refresh_expires_in"] <= 30 * 86_400
    assert all([await opens(shared_backend, tokens["access_token"]) for tokens in (first, second, third)])


async def test_a_token_used_twice_ends_the_sign_in_for_both_holders_and_is_told_to_the_audit_log(
    shared_backend: Backend, mongo: Any
) -> None:
    stolen = await tokens_of(shared_backend)
    thiefs = (await refreshed(shared_backend, stolen["refresh_token"], "the thief's")).json()
    owners = await refreshed(shared_backend, stolen["refresh_token"], "the owner's")
    after = await refreshed(shared_backend, thiefs["refresh_token"])

    assert [(answer.status_code, answer.json()["error_code"]) for answer in (owners, after)] == [
        (401, "REFRESH_TOKEN_INVALID")
    ] * 2
    assert not await opens(shared_backend, thiefs["access_token"])
    audit = mongo[shared_backend.environment["MONGODB_DATABASE"]]["audit"]
    told = await audit.find({"action": "refresh token reused"}).to_list()
    assert len(told) == 1
    assert thiefs["refresh_token"] not in str(told)


async def test_an_answer_that_was_lost_can_be_had_again_with_the_same_key_and_only_until_it_is_used(
    shared_backend: Backend,
) -> None:
    start = (await tokens_of(shared_backend))["refresh_token"]
    lost, again = [(await refreshed(shared_backend, start, "a key")).json() for _ in range(2)]
    used = await refreshed(shared_backend, again["refresh_token"], "another key")
    late = await refreshed(shared_backend, start, "a key")

    assert lost["refresh_token"] == again["refresh_token"]
    assert (used.status_code, late.status_code) == (200, 401)
    assert not await opens(shared_backend, again["access_token"])


async def test_neither_token_passes_for_the_other(shared_backend: Backend) -> None:
    tokens = await tokens_of(shared_backend)

    as_access = await Person(shared_backend.http, tokens["refresh_token"]).ask("GET", "/me")
    as_refresh = await refreshed(shared_backend, tokens["access_token"])
    as_cookie = await shared_backend.http.get(
        "/api/v1/me", headers={"Cookie": f"attendance={tokens['refresh_token'].partition('.')[0]}"}
    )

    assert [answer.status_code for answer in (as_access, as_refresh, as_cookie)] == [401, 401, 401]
    assert as_access.json()["error_code"] == "NOT_SIGNED_IN"
    assert as_refresh.json()["error_code"] == "REFRESH_TOKEN_INVALID"
    assert (await refreshed(shared_backend, tokens["refresh_token"])).status_code == 200


async def test_a_token_of_garbage_refreshes_nothing_and_ends_nothing(shared_backend: Backend) -> None:
    tokens = await tokens_of(shared_backend)
    for garbage in ("", ".", "x", "x.y", f".{tokens['refresh_token']}"):
        assert (await refreshed(shared_backend, garbage)).status_code == 401, garbage

    assert await opens(shared_backend, tokens["access_token"])


async def test_signing_out_ends_a_program_at_once_and_can_be_said_twice(shared_backend: Backend) -> None:
    tokens, other = await tokens_of(shared_backend), await tokens_of(shared_backend)
    statuses = []
    for _ in range(2):
        gone = await shared_backend.http.post(f"{AUTH}/sign-out", json={"refresh_token": tokens["refresh_token"]})
        statuses.append(gone.status_code)

    assert statuses == [204, 204]
    assert not await opens(shared_backend, tokens["access_token"])
    assert (await refreshed(shared_backend, tokens["refresh_token"])).status_code == 401
    assert await opens(shared_backend, other["access_token"])


async def test_one_sees_where_one_is_signed_in_and_ends_what_one_does_not_know(shared_backend: Backend) -> None:
    office = await sign_in(shared_backend.http, EMAIL, PASSWORD)
    await office.done("DELETE", "/me/sign-ins")
    assert not await opens(shared_backend, office.token)

    here = await tokens_of(shared_backend, **{"User-Agent": "here"})
    lost = await tokens_of(shared_backend, **{"User-Agent": "lost phone " + "x" * 300})
    office = Person(shared_backend.http, here["access_token"])
    listed = (await office.done("GET", "/me/sign-ins"))["items"]
    phone = next(item for item in listed if not item["is_current"])
    await office.done("DELETE", f"/me/sign-ins/{phone['id']}")
    twice = await office.ask("DELETE", f"/me/sign-ins/{phone['id']}")

    assert [(item["device"][:10], item["kind"], item["is_current"]) for item in listed] == [
        ("here", "program", True),
        ("lost phone", "program", False),
    ]
    assert listed[0].keys() == {"id", "kind", "device", "created_at", "used_at", "expires_at", "is_current"}
    assert len(phone["device"]) == 200
    assert (await opens(shared_backend, here["access_token"]), await opens(shared_backend, lost["access_token"])) == (
        True,
        False,
    )
    assert (twice.status_code, twice.json()["error_code"]) == (404, "NOT_FOUND")


async def test_nobody_ends_anothers_sign_in(shared_backend: Backend) -> None:
    office = await sign_in(shared_backend.http, EMAIL, PASSWORD)
    teacher = {"email": "t@school.example", "name": "A teacher", "role": "teacher", "password": PASSWORD}
    await office.done("POST", "/users", json=teacher)
    theirs = await sign_in(shared_backend.http, "t@school.example", PASSWORD)
    [sign_in_id] = [item["id"] for item in (await theirs.done("GET", "/me/sign-ins"))["items"]]

    refused = await office.ask("DELETE", f"/me/sign-ins/{sign_in_id}")
    await office.done("DELETE", "/me/sign-ins")

    assert (refused.status_code, await opens(shared_backend, theirs.token)) == (404, True)
