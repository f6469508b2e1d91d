"""What the pages are made of: nothing of anybody else's, no script but files of ours, and little of it."""

import re
from collections.abc import Callable

import httpx2
import pytest
from playwright.sync_api import Browser, Request, expect
from product import Stack

from .classroom import TEACHER, Classroom
from .gestures import expect_faces, sheet, sign_in, start_session
from .visiting import Visitor

pytestmark = pytest.mark.browser

MOST_SCRIPT = 200_000
"""Bytes on the way from signing in to a recognised photo, as they come over the network."""
NOBODYS = "http://127.0.0.1:9/"


@pytest.mark.parametrize("path", ["/", "/sign-in", "/sessions/01890000-0000-7000-8000-000000000000", "/nowhere"])
def test_no_page_holds_a_script_of_its_own(stack: Stack, path: str) -> None:
    answer = httpx2.get(f"{stack.backend_url}{path}", headers={"Accept": "text/html"}, timeout=60)
    scripts = re.findall(r"<script([^>]*)>(.*?)</script>", answer.text, re.DOTALL)

    assert scripts
    assert all('src="/assets/' in attributes and not content.strip() for attributes, content in scripts)
    assert not re.search(r"<[^>]+\s(on\w+=|href=.javascript:)", answer.text)
    policy = dict(directive.split(" ", 1) for directive in answer.headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["connect-src"] == "'self'"


def test_what_is_not_ours_is_stopped_and_noticed(browser: Browser, visitor: Visitor) -> None:
    page = visitor.open(browser)
    page.goto("/")
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()

    with page.expect_console_message(lambda message: "violates our policy script-src" in message.text):
        page.evaluate("""() => {
          const script = document.createElement("script");
          script.textContent = "document.stranger = true";
          document.body.append(script);
        }""")
    with page.expect_console_message(lambda message: f"connect-src {NOBODYS}" in message.text):
        page.evaluate("address => fetch(address).catch(() => {})", NOBODYS)
    assert page.evaluate("document.stranger") is None
    page.close()

    assert len(visitor.violations) == 2
    # What this test did itself is nothing that a page of ours did.
    visitor.violations.clear()
    visitor.broken.clear()
    visitor.asked[:] = [address for address in visitor.asked if address != NOBODYS]


def test_little_script_is_fetched_until_a_photo_is_recognised(
    chromium: Browser, visitor: Visitor, classroom: Classroom, record_property: Callable[[str, object], None]
) -> None:
    page = visitor.open(chromium, permissions=["camera"])
    scripts: list[Request] = []
    page.on("requestfinished", lambda request: scripts.append(request) if request.resource_type == "script" else None)
    sign_in(page, TEACHER)
    start_session(page)
    page.get_by_role("button", name="Take a photo").click()
    sheet(page).get_by_role("button", name="Take the photo").click()
    sheet(page).get_by_role("button", name="Done (1)").click()
    expect_faces(page, classroom.summary)

    sizes = {request.url: request.sizes()["responseBodySize"] for request in scripts}
    total = sum(sizes.values())
    record_property("bytes of script", total)
    assert any("CameraView" in address for address in sizes)
    assert all(encoding(request) for request in scripts)
    assert 50_000 < total < MOST_SCRIPT, sizes


def encoding(request: Request) -> str | None:
    answer = request.response()
    return answer.header_value("content-encoding") if answer else None
