"""A lesson as a teacher lives it on a phone, in Chromium and in Firefox: from signing in to the file for the office."""

import pytest
from playwright.sync_api import Browser, Page, expect

from .classroom import STRANGER, TEACHER, Classroom
from .gestures import (
    choose_photo,
    close_session,
    download_register,
    expect_faces,
    face,
    mark,
    say_nobody,
    say_who,
    sign_in,
    start_session,
    student,
)
from .visiting import Visitor

pytestmark = pytest.mark.browser


def test_a_lesson_from_signing_in_to_the_csv(browser: Browser, visitor: Visitor, classroom: Classroom) -> None:
    page = visitor.open(browser)
    kept, taken_back = classroom.shown
    sign_in(page, TEACHER)
    start_session(page)
    choose_photo(page, classroom.photo)
    expect_faces(page, classroom.summary)

    say_who(page, STRANGER, classroom.missing)
    say_nobody(page, taken_back)
    mark(page, "Student 1", "Late", "bus")
    page.reload()
    expect_faces(page, "3 faces: 2 named, 1 unknown.")
    expect(face(page, classroom.missing)).to_be_visible()
    expect(student(page, "Student 1")).to_contain_text("bus · marked by hand")

    close_session(page)
    rows = download_register(page)
    told = {row["name"]: (row["status"], row["source"], row["reason"]) for row in rows}
    assert told == {
        kept: ("present", "face", ""),
        classroom.missing: ("present", "face", ""),
        taken_back: ("absent", "close", ""),
        "Student 1": ("late", "manual", "bus"),
        **{f"Student {number}": ("absent", "close", "") for number in range(2, 10)},
    }
    assert_today_tells_it(page)
    assert len(visitor.asked) > 20


def assert_today_tells_it(page: Page) -> None:
    page.get_by_role("link", name="Back to today's sessions").click()
    card = page.get_by_role("listitem").filter(has_text="Demonstration").first
    expect(card).to_contain_text("3 of 12 here · 9 absent")
    expect(card).to_contain_text("Closed")
