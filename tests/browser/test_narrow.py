"""The narrowest phones, 320 px wide: nothing lies beside the screen, and no button's words are cut."""

import pytest
from playwright.sync_api import Browser, Page, expect

from .classroom import TEACHER, Classroom
from .gestures import choose_photo, expect_faces, open_session
from .visiting import Visitor

pytestmark = pytest.mark.browser

NARROW = 320
CUT_WORDS = """() => [...document.querySelectorAll("button, a, label")]
    .flatMap((one) => [one, ...one.querySelectorAll("*")])
    .filter((one) => one.clientWidth > 1 && one.scrollWidth > one.clientWidth + 1)
    .map((one) => one.textContent)"""


def test_every_button_can_be_read_and_reached(chromium: Browser, visitor: Visitor, classroom: Classroom) -> None:
    page = visitor.open(chromium, TEACHER)
    page.set_viewport_size({"width": NARROW, "height": 640})
    session = classroom.open_session()
    page.goto("/")
    expect(page.get_by_role("link", name="Take attendance").first).to_be_visible()
    assert (width(page), page.evaluate(CUT_WORDS)) == (NARROW, [])

    open_session(page, session)
    choose_photo(page, classroom.photo)
    expect_faces(page, classroom.summary)
    bar = page.get_by_role("group", name="What to do next")
    assert width(page) == NARROW
    assert bar.evaluate(f"(bar) => ({CUT_WORDS})().filter((words) => bar.textContent.includes(words))") == []


def width(page: Page) -> int:
    wide: int = page.evaluate("document.documentElement.scrollWidth")
    return wide
