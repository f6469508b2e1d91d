"""Signing in by a provider, over HTTP: a real provider, a real backend, and a browser between them."""

import asyncio
import base64
import contextlib
import hmac
import json
import re
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx2
import pytest
from backend.tests.conftest import (
    EMAIL,
    PASSWORD,
    Backend,
    Person,
    a_browser,
    first_administrator,
    inside,
    new_teacher,
    settings_of,
    sign_in,
)
from backend.tests.oidc import CLIENT_SECRET, Provider, a_key, a_provider

from attendance_backend.adapters.mongo import Client

AUTH = "/api/v1/auth"
SITE = "http://school.example"


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with a_provider() as running:
        yield running


@pytest.fixture(scope="module")
async def shared(
    program_environment: dict[str, str], mongodb_uri: str, mongo: Client, provider: Provider, tmp_path_factory: Any
) -> AsyncIterator[Backend]:
    """A backend whose people may sign in by the provider, under two names."""
    name, home = f"test_{uuid.uuid4().hex}", tmp_path_factory.mktemp("home")
    described = home / "providers.json"
    settings = [provider.described(), provider.described("nowhere", name="Nowhere", issuer="http://127.0.0.1:9")]
    described.write_text(json.dumps([*settings, provider.described("other", name="The same, elsewhere")]))
    provider.pages.extend(f"{SITE}/sign-in/{one}" for one in ("school", "other"))
    environment = {
        **settings_of(program_environment, mongodb_uri, name, home, "http://127.0.0.1:1"),
        "OPENID_PROVIDERS": str(described),
        "PUBLIC_URL": SITE,
    }
    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{environment['PORT']}", timeout=20) as http:
        running = Backend(environment, home, http)
        await running.start()
        async with inside(environment) as services:
            await first_administrator(services)
        yield running
        running.stop()
    for made in (name, f"{name}_vault"):
        await mongo.drop_database(made)


@dataclass
class Visitor:
    """A browser, and how it goes to the provider and back."""

    http: httpx2.AsyncClient
    provider: Provider

    async def departure(self, provider_id: str = "school") -> str:
        answer = await self.http.post(f"{AUTH}/providers/{provider_id}/departure")
        assert answer.status_code == 200, answer.text
        return str(answer.json()["address"])

    async def at_provider(self, address: str) -> dict[str, str]:
        """What the provider sends the browser back with."""
        async with httpx2.AsyncClient() as browser:
            answer = await browser.get(address)
        assert answer.status_code == 302, answer.text
        back = urlsplit(answer.headers["Location"])
        assert f"{back.scheme}://{back.netloc}" == SITE
        return dict(parse_qsl(back.query))

    async def come_back(self, told: dict[str, str], provider_id: str = "school") -> httpx2.Response:
        given = {"code": told["code"], "state": told["state"]}
        return await self.http.post(f"{AUTH}/providers/{provider_id}/return", json=given)

    async def sign_in(self, subject: str, email: str, *, verified: bool | None = True) -> httpx2.Response:
        self.provider.know(subject, email, verified=verified)
        return await self.come_back(await self.at_provider(await self.departure()))

    async def who(self) -> str | None:
        answer = await self.http.get("/api/v1/me")
        return str(answer.json()["email"]) if answer.is_success else None


@pytest.fixture
async def visitor(shared: Backend, provider: Provider) -> AsyncIterator[Visitor]:
    async with a_browser(shared) as http:
        yield Visitor(http, provider)
    provider.behave()


@pytest.fixture
async def chief(shared: Backend) -> Person:
    return await sign_in(shared.http, EMAIL, PASSWORD)


async def someone(chief: Person) -> tuple[str, str, str]:
    """A new teacher: id, address, and what the provider calls them."""
    email = f"{uuid.uuid4().hex}@school.example"
    user_id, _ = await new_teacher(chief, email)
    return user_id, email, f"subject of {email}"


async def entries(chief: Person, target: str) -> list[dict[str, Any]]:
    return [one for one in (await chief.done("GET", "/audit?limit=100"))["items"] if one["target_id"] == target]


def code_of(answer: httpx2.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error_code"]


async def test_providers_are_told_by_name_and_nothing_else(shared: Backend) -> None:
    answer = await shared.http.get(f"{AUTH}/providers")
    assert answer.json()["items"][0] == {"id": "school", "name": "School account"}
    assert "secret" not in answer.text


async def test_whoever_the_provider_vouches_for_is_signed_in_as_by_a_password(visitor: Visitor, chief: Person) -> None:
    user_id, email, subject = await someone(chief)
    answer = await visitor.sign_in(subject, email.upper())

    assert (answer.status_code, answer.json()["id"]) == (200, user_id)
    assert "HttpOnly" in answer.headers["Set-Cookie"]
    assert "SameSite=strict" in answer.headers["Set-Cookie"]
    assert await visitor.who() == email
    told = {one["action"]: one["details"] for one in reversed(await entries(chief, user_id))}
    assert told["identity linked"]["issuer"] == visitor.provider.issuer
    assert told["signed in"]["provider"] == "school"
    assert (await visitor.http.delete(f"{AUTH}/browser")).status_code == 204
    assert await visitor.who() is None


async def test_the_address_of_the_provider_carries_a_challenge_and_no_secret(visitor: Visitor) -> None:
    address = urlsplit(await visitor.departure())
    asked = dict(parse_qsl(address.query))
    assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
    assert asked["redirect_uri"] == f"{SITE}/sign-in/school"
    assert len({asked["state"], asked["nonce"], asked["code_challenge"]}) == 3
    assert "code_verifier" not in asked
    trip = visitor.http.cookies["attendance-trip"]
    assert not any(value in trip for value in asked.values())


async def test_from_then_on_the_identity_counts_and_no_address(visitor: Visitor, chief: Person) -> None:
    user_id, email, subject = await someone(chief)
    assert (await visitor.sign_in(subject, email)).json()["id"] == user_id
    again = await visitor.sign_in(subject, "another.address@elsewhere.example", verified=False)
    assert again.json()["id"] == user_id


async def test_first_sign_ins_of_one_identity_at_the_same_moment_all_succeed(
    shared: Backend, provider: Provider, chief: Person
) -> None:
    user_id, email, subject = await someone(chief)
    provider.know(subject, email)
    async with contextlib.AsyncExitStack() as stack:
        visitors = [Visitor(await stack.enter_async_context(a_browser(shared)), provider) for _ in range(6)]
        told = [await one.at_provider(await one.departure()) for one in visitors]
        answers = await asyncio.gather(*[one.come_back(each) for one, each in zip(visitors, told, strict=True)])
        seen = [await one.who() for one in visitors]

    assert [(one.status_code, one.json().get("id")) for one in answers] == [(200, user_id)] * 6
    assert seen == [email] * 6
    linked = [one for one in await entries(chief, user_id) if one["action"] == "identity linked"]
    assert len(linked) == 1


async def test_what_a_provider_vouches_for_is_known_to_be_theirs(visitor: Visitor, chief: Person) -> None:
    _, email, subject = await someone(chief)
    before = (await chief.done("GET", f"/users?email={email}"))["items"][0]
    signed_in = await visitor.sign_in(subject, email)

    assert (before["email_verified"], signed_in.json()["email_verified"]) == (False, True)


async def test_an_address_that_the_provider_gave_to_somebody_else_opens_nothing(
    visitor: Visitor, chief: Person
) -> None:
    user_id, email, subject = await someone(chief)
    assert (await visitor.sign_in(subject, email)).is_success
    assert code_of(await visitor.sign_in("a successor", email)) == (403, "IDENTITY_TAKEN")

    assert (await chief.ask("DELETE", f"/users/{user_id}/identities")).status_code == 204
    assert (await visitor.sign_in("a successor", email)).json()["id"] == user_id
    assert code_of(await visitor.sign_in(subject, email)) == (403, "IDENTITY_TAKEN")


async def test_nobody_gets_an_account_by_a_provider(visitor: Visitor, chief: Person) -> None:
    email = f"{uuid.uuid4().hex}@school.example"
    assert code_of(await visitor.sign_in("a stranger", email)) == (403, "NO_ACCOUNT")
    assert await visitor.who() is None
    assert (await chief.done("GET", f"/users?email={email}"))["items"] == []
    refused = [one for one in await entries(chief, "school") if one["action"] == "sign-in by provider refused"]
    assert refused[0]["details"] == {"code": "NO_ACCOUNT"}
    assert email not in str(refused)


@pytest.mark.parametrize("verified", [False, None])
async def test_an_address_that_is_not_verified_links_nothing(
    visitor: Visitor, chief: Person, verified: bool | None
) -> None:
    _, email, subject = await someone(chief)
    assert code_of(await visitor.sign_in(subject, email, verified=verified)) == (403, "EMAIL_NOT_VERIFIED")
    assert code_of(await visitor.sign_in(subject, email, verified="true")) == (403, "EMAIL_NOT_VERIFIED")  # type: ignore[arg-type]  # the fault tried


async def test_no_role_is_taken_from_the_provider(visitor: Visitor, chief: Person) -> None:
    _, email, subject = await someone(chief)
    visitor.provider.claims["role"] = visitor.provider.claims["roles"] = "administrator"
    assert (await visitor.sign_in(subject, email)).json()["role"] == "teacher"


async def test_a_deactivated_user_is_refused_linked_or_not(visitor: Visitor, chief: Person) -> None:
    user_id, email, subject = await someone(chief)
    await chief.done("POST", f"/users/{user_id}/deactivate")
    assert code_of(await visitor.sign_in(subject, email)) == (403, "NO_ACCOUNT")
    await chief.done("POST", f"/users/{user_id}/reactivate")
    assert (await visitor.sign_in(subject, email)).is_success
    await chief.done("POST", f"/users/{user_id}/deactivate")
    assert code_of(await visitor.sign_in(subject, email)) == (403, "NO_ACCOUNT")
    assert await visitor.who() is None


Fault = Callable[[Provider], None]
FAULTS: dict[str, Fault] = {
    "nonce": lambda provider: provider.claims.update(nonce="another"),
    "no nonce": lambda provider: provider.claims.update(nonce=None),
    "audience": lambda provider: provider.claims.update(aud=["somebody-else"]),
    "several audiences, made for another": lambda provider: provider.claims.update(
        aud=["smart-attendance", "another"], azp="another"
    ),
    "issuer": lambda provider: provider.claims.update(iss="https://elsewhere.example"),
    "over": lambda provider: provider.claims.update(exp=1_600_000_000),
    "not yet": lambda provider: provider.claims.update(iat=9_999_999_999),
    "no subject": lambda provider: provider.claims.update(sub=None),
    "a subject that is no text": lambda provider: provider.claims.update(sub={"a": 1}),
    "another key under the same name": lambda provider: setattr(provider, "signs_with", a_key()),
    "no ID token": lambda provider: setattr(provider, "token_answer", (200, {"access_token": "a"}, [])),
    "a token that is none": lambda provider: setattr(provider, "token_answer", (200, {"id_token": "a.b.c"}, [])),
    "no JSON": lambda provider: setattr(provider, "token_answer", (200, "<html>", [])),
    "no object": lambda provider: setattr(provider, "token_answer", (200, [], [])),
    "too much": lambda provider: setattr(provider, "token_answer", (200, {"id_token": "a" * 600_000}, [])),
    "elsewhere": lambda provider: setattr(
        provider, "token_answer", (302, "", [("Location", f"{provider.issuer}/keys")])
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
async def test_what_can_not_be_trusted_signs_nobody_in(visitor: Visitor, chief: Person, fault: str) -> None:
    _, email, subject = await someone(chief)
    visitor.provider.know(subject, email)
    told = await visitor.at_provider(await visitor.departure())
    FAULTS[fault](visitor.provider)
    assert code_of(await visitor.come_back(told)) == (502, "PROVIDER_ANSWER_INVALID")
    assert await visitor.who() is None


async def test_a_token_that_is_signed_by_nobody_or_with_our_own_secret_is_none(visitor: Visitor, chief: Person) -> None:
    _, email, subject = await someone(chief)
    visitor.provider.know(subject, email)
    for forged in (_forged("none"), _forged("HS256")):
        told = await visitor.at_provider(await visitor.departure())
        visitor.provider.token_answer = (200, {"id_token": forged}, [])
        assert code_of(await visitor.come_back(told)) == (502, "PROVIDER_ANSWER_INVALID")


def _forged(algorithm: str) -> str:
    """An ID token of nobody: without a signature, or with one by the secret that the client shares."""
    signed = f"{_part(json.dumps({'alg': algorithm}).encode())}.{_part(b'{}')}"
    secret = CLIENT_SECRET.encode()
    return f"{signed}." + (_part(hmac.digest(secret, signed.encode(), "sha256")) if algorithm == "HS256" else "")


def _part(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


async def test_a_way_begun_in_another_browser_ends_nowhere(shared: Backend, visitor: Visitor, chief: Person) -> None:
    _, email, subject = await someone(chief)
    visitor.provider.know(subject, email)
    attackers = await visitor.at_provider(await visitor.departure())
    async with a_browser(shared) as http:
        victim = Visitor(http, visitor.provider)
        assert code_of(await victim.come_back(attackers)) == (422, "SIGN_IN_NOT_BEGUN")
        await victim.departure()
        assert code_of(await victim.come_back(attackers)) == (422, "SIGN_IN_NOT_BEGUN")
        assert await victim.who() is None


async def test_what_one_provider_gave_is_worth_nothing_at_the_address_of_another(
    visitor: Visitor, chief: Person
) -> None:
    _, email, subject = await someone(chief)
    visitor.provider.know(subject, email)
    told = await visitor.at_provider(await visitor.departure("school"))
    assert code_of(await visitor.come_back(told, "other")) == (422, "SIGN_IN_NOT_BEGUN")


async def test_a_code_is_used_once_and_never_with_another_browsers_verifier(visitor: Visitor, chief: Person) -> None:
    _, email, subject = await someone(chief)
    visitor.provider.know(subject, email)
    told = await visitor.at_provider(await visitor.departure())
    address = await visitor.departure()
    stolen = {**dict(parse_qsl(urlsplit(address).query)), "code": told["code"]}
    assert code_of(await visitor.come_back(stolen)) == (502, "PROVIDER_ANSWER_INVALID")
    assert await visitor.who() is None


async def test_a_way_that_took_too_long_or_whose_begin_was_written_anew_is_over(
    visitor: Visitor, chief: Person
) -> None:
    _, email, subject = await someone(chief)
    visitor.provider.know(subject, email)
    for since in ("1600000000", "9999999999", "", "-1"):
        told = await visitor.at_provider(await visitor.departure())
        secret = visitor.http.cookies["attendance-trip"].partition(".")[2]
        visitor.http.cookies.clear()
        visitor.http.cookies.set("attendance-trip", f"{since}.{secret}")
        assert code_of(await visitor.come_back(told)) == (422, "SIGN_IN_NOT_BEGUN")
        visitor.http.cookies.clear()


async def test_only_our_own_page_begins_or_ends_it(shared: Backend) -> None:
    for path in ("departure", "return"):
        given = {"code": "a", "state": "b"} if path == "return" else None
        headers = {"Sec-Fetch-Site": "cross-site"}
        answer = await shared.http.post(f"{AUTH}/providers/school/{path}", json=given, headers=headers)
        assert code_of(answer) == (403, "CROSS_SITE_REQUEST")


async def test_a_provider_that_is_away_is_told_so(visitor: Visitor) -> None:
    answer = await visitor.http.post(f"{AUTH}/providers/nowhere/departure")
    assert code_of(answer) == (503, "PROVIDER_UNREACHABLE")
    answer = await visitor.http.post(f"{AUTH}/providers/of-nobody/departure")
    assert code_of(answer) == (404, "NOT_FOUND")


async def test_people_see_and_end_their_own_identities(visitor: Visitor, shared: Backend, chief: Person) -> None:
    _, email, subject = await someone(chief)
    assert (await visitor.sign_in(subject, email)).is_success
    (own,) = (await visitor.http.get("/api/v1/me/identities")).json()["items"]
    assert own["provider"] == "School account"
    assert (await chief.ask("DELETE", f"/me/identities/{own['id']}")).status_code == 404
    assert (await visitor.http.delete(f"/api/v1/me/identities/{own['id']}")).status_code == 204
    assert (await visitor.http.get("/api/v1/me/identities")).json()["items"] == []


async def test_nothing_secret_is_logged(shared: Backend, visitor: Visitor, chief: Person) -> None:
    _, email, subject = await someone(chief)
    visitor.provider.know(subject, email)
    told = await visitor.at_provider(await visitor.departure())
    visitor.provider.claims["nonce"] = "another"
    await visitor.come_back(told)
    assert "openid_answer_refused" in shared.output
    kept = [told["code"], told["state"], visitor.http.cookies["attendance-trip"], email, subject]
    assert not [secret for secret in kept if re.search(re.escape(secret), shared.output)]
