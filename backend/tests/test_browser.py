"""A browser's cookie, and which pages may use it."""

import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import httpx2
import pytest
from backend.tests.conftest import EMAIL, OWN_PAGE, PASSWORD, Backend, Person, a_browser, first_administrator, inside

from attendance_backend.lan.certificates import TlsFiles, ensure_certificates

CREDENTIALS = {"email": EMAIL, "password": PASSWORD}
NEW_STUDENT = {"roll_number": "R-1", "name": "Dee"}
PAGES = [
    ({"Sec-Fetch-Site": "same-origin"}, True),
    ({"Sec-Fetch-Site": "same-origin", "Origin": "https://evil.example"}, True),
    ({"Sec-Fetch-Site": "same-site", "Origin": "{own}"}, False),
    ({"Sec-Fetch-Site": "cross-site", "Origin": "{own}"}, False),
    ({"Sec-Fetch-Site": "none"}, False),
    ({"Sec-Fetch-Site": ""}, False),
    ({"Sec-Fetch-Site": "same-origin, cross-site"}, False),
    ({"Origin": "{own}"}, True),
    ({"Origin": "https://evil.example"}, False),
    ({"Origin": "{own}.evil.example"}, False),
    ({"Origin": "http://user@{host}"}, False),
    ({"Origin": "{own}/"}, False),
    ({"Origin": "http://127.0.0.1:1"}, False),
    ({"Origin": "null"}, False),
    ({"Origin": "http://["}, False),
    ({"Origin": "{own}", "Host": "evil.example"}, False),
    ({"Origin": "https://school.example", "Host": "school.example"}, True),
    ({"Referer": "{own}/sign-in"}, False),
    ({}, False),
]
"""What a browser may say of the page that asks, and whether that makes it one of ours."""


@pytest.fixture
async def browser(backend: Backend) -> AsyncIterator[httpx2.AsyncClient]:
    """A browser in which the administrator is signed in."""
    async with a_browser(backend) as http:
        assert (await http.post("/api/v1/auth/browser", json=CREDENTIALS)).status_code == 200
        yield http


async def test_signing_in_answers_who_one_is_and_where_and_gives_a_cookie_out_of_reach_of_scripts(
    backend: Backend,
) -> None:
    async with a_browser(backend) as browser:
        answer = await browser.post("/api/v1/auth/browser", json=CREDENTIALS)
        me = await browser.get("/api/v1/me")

    told = answer.json()
    assert (told["email"], told["role"], told["institution"]["time_zone"]) == (EMAIL, "administrator", "Europe/Paris")
    assert me.json() == told
    session, device = answer.headers.get_list("Set-Cookie")
    assert device.startswith("attendance-device=")
    assert "httponly" in device.lower()
    name_and_value, *attributes = session.split("; ")
    name, _, value = name_and_value.partition("=")
    assert (name, len(value)) == ("attendance", 43)
    assert {attribute.lower() for attribute in attributes} == {"httponly", "samesite=strict", "path=/", "max-age=43200"}
    assert value not in answer.text
    assert answer.headers["Cache-Control"] == "no-store"


async def test_over_tls_the_cookie_is_bound_to_the_host_and_the_default_is_to_bind_it(
    environment: dict[str, str], tmp_path: Path
) -> None:
    files = TlsFiles.below(tmp_path)
    ensure_certificates(files, ["127.0.0.1"], "lab-pc", datetime.now(UTC))
    environment |= {"TLS_CERTIFICATE": str(files.server), "TLS_KEY": str(files.server)}
    trusting = ssl.create_default_context(cafile=files.ca)
    base = f"https://127.0.0.1:{environment['PORT']}"
    async with httpx2.AsyncClient(base_url=base, verify=trusting, headers=OWN_PAGE, timeout=20) as browser:
        backend = Backend(environment, tmp_path, browser)
        await backend.start()
        async with inside(environment) as services:
            await first_administrator(services)

        answer = await browser.post("/api/v1/auth/browser", json=CREDENTIALS)
        me = await browser.get("/api/v1/me")
        value = browser.cookies["__Host-attendance"]
        browser.cookies.clear()
        plainly_named = await browser.get("/api/v1/me", headers={"Cookie": f"attendance={value}"})
        unsafe_origin = {"Sec-Fetch-Site": "", "Origin": base.replace("https", "http")}
        from_plain_http = await browser.post("/api/v1/auth/browser", json=CREDENTIALS, headers=unsafe_origin)
        async with httpx2.AsyncClient(base_url=base.replace("https", "http")) as plain:
            with pytest.raises(httpx2.TransportError):
                await plain.get("/health/live")
    backend.stop()

    attributes = {attribute.lower() for attribute in answer.headers.get_list("Set-Cookie")[0].split("; ")[1:]}
    assert attributes == {"httponly", "samesite=strict", "path=/", "max-age=43200", "secure"}
    assert me.json()["email"] == EMAIL
    assert plainly_named.status_code == 401
    assert from_plain_http.status_code == 403


async def test_a_change_by_cookie_comes_from_our_own_page(backend: Backend) -> None:
    host = backend.http.base_url.netloc.decode()
    for number, (said, is_own) in enumerate(PAGES):
        told = {name: value.format(own=f"http://{host}", host=host) for name, value in said.items()}
        new = {"roll_number": f"R-{number}", "name": "Dee"}
        async with a_browser(backend) as browser, httpx2.AsyncClient(base_url=browser.base_url) as page:
            await browser.post("/api/v1/auth/browser", json=CREDENTIALS)
            cookie = {"Cookie": f"attendance={browser.cookies['attendance']}"}
            read = await page.get("/api/v1/students", headers=told | cookie)
            changed = await page.post("/api/v1/students", json=new, headers=told | cookie)
            signed_in = await page.post("/api/v1/auth/browser", json=CREDENTIALS, headers=told)
            signed_out = await page.delete("/api/v1/auth/browser", headers=told | cookie)
            still_there = await browser.get("/api/v1/me")

        assert read.status_code == 200, "reading changes nothing, and only our own page can see the answer"
        statuses = [answer.status_code for answer in (changed, signed_in, signed_out, still_there)]
        assert statuses == ([201, 200, 204, 401] if is_own else [403, 403, 403, 200]), said
        if not is_own:
            refused = (changed, signed_in, signed_out)
            assert {answer.json()["error_code"] for answer in refused} == {"CROSS_SITE_REQUEST"}
            assert "Set-Cookie" not in signed_in.headers


async def test_a_bearer_token_needs_no_page_and_counts_before_a_cookie(
    browser: httpx2.AsyncClient, office: Person
) -> None:
    evil = {"Sec-Fetch-Site": "cross-site"}
    good, bad = ({"Authorization": f"Bearer {token}"} for token in (office.token, "x"))

    by_bearer = await browser.post("/api/v1/students", json=NEW_STUDENT, headers=evil | good)
    by_nothing = await browser.get("/api/v1/me", headers=bad)
    with_a_stale_cookie = await office.ask("GET", "/me", headers={"Cookie": "attendance=stale"})

    assert by_bearer.status_code == 201
    assert (by_nothing.status_code, by_nothing.json()["error_code"]) == (401, "NOT_SIGNED_IN")
    assert with_a_stale_cookie.status_code == 200


async def test_a_cookie_that_is_none_of_ours_opens_nothing_and_is_in_nobodys_way(backend: Backend) -> None:
    for cookie in ("attendance=", "attendance=x", "attendance=" + "x" * 4000, "other=x", "attendance", "attendance=é"):
        stale = {"Cookie": cookie.encode()}
        async with a_browser(backend) as browser:
            me = await browser.get("/api/v1/me", headers=stale)
            signed_in = await browser.post("/api/v1/auth/browser", json=CREDENTIALS, headers=stale)
            signed_out = await browser.delete("/api/v1/auth/browser", headers=stale)

        assert (me.status_code, me.json()["error_code"]) == (401, "NOT_SIGNED_IN"), cookie
        assert (signed_in.status_code, signed_out.status_code) == (200, 204), cookie


async def test_a_change_by_cookie_is_replayed_like_any_other(browser: httpx2.AsyncClient) -> None:
    keyed = {"json": NEW_STUDENT, "headers": {"Idempotency-Key": "k"}}
    first, second = [await browser.post("/api/v1/students", **keyed) for _ in range(2)]

    assert (first.status_code, second.json()) == (201, first.json())
    assert second.headers["Idempotency-Replayed"] == "true"
