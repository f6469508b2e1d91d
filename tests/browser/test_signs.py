"""Colour is never the only sign: every state has a shape of its own, and words where there is room for them."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from .classroom import STRANGER, TEACHER, Classroom, write_hasty_photo
from .gestures import choose_photo, expect_faces, face, mark, open_session, roster, sheet, student
from .visiting import Visitor

pytestmark = pytest.mark.browser

SHAPE = """one => {
  const { borderTopStyle, borderTopWidth } = getComputedStyle(one);
  const signs = [...one.querySelectorAll("svg")].map((svg) => svg.innerHTML);
  return { border: `${borderTopStyle} ${borderTopWidth}`, sign: signs.join(" "), words: one.innerText.trim() };
}"""
STATUSES = ("Present", "Late", "Absent", "Excused")


@pytest.fixture
def page(chromium: Browser, visitor: Visitor, classroom: Classroom, tmp_path: Path) -> Page:
    """A session with a photo on which a face is named, one to be confirmed, and one unknown."""
    page = visitor.open(chromium, TEACHER)
    open_session(page, classroom.open_session())
    summary = write_hasty_photo(tmp_path / "hasty.jpg")
    choose_photo(page, tmp_path / "hasty.jpg")
    expect_faces(page, summary)
    return page


def test_each_kind_of_face_has_a_frame_and_a_sign_of_its_own(page: Page, classroom: Classroom) -> None:
    frames = [shape(face(page, name)) for name in (*classroom.shown, STRANGER)]

    assert len({frame["border"] for frame in frames}) == 3
    assert len({frame["sign"] for frame in frames}) == 3
    assert all(frame["sign"] for frame in frames)


def test_each_status_has_a_word_and_a_sign_of_its_own(page: Page) -> None:
    for number, status in enumerate(STATUSES, 1):
        mark(page, f"Student {number}", status)
    words = (*STATUSES, "Please confirm")
    badges = [shape(roster(page).get_by_text(word, exact=True).and_(page.locator("span")).last) for word in words]

    assert [badge["words"] for badge in badges] == list(words)
    assert len({badge["sign"] for badge in badges}) == len(words)


def test_what_is_chosen_stands_out_where_no_colour_is_drawn(page: Page) -> None:
    mark(page, "Student 1", "Excused")
    page.emulate_media(forced_colors="active")
    student(page, "Student 1").get_by_role("button").first.click()
    buttons = {status: shape(sheet(page).get_by_role("button", name=status)) for status in STATUSES}

    chosen = buttons.pop("Excused")["border"]
    assert {button["border"] for button in buttons.values()} != {chosen}
    assert chosen.startswith("double")


def test_frames_keep_their_shapes_where_no_colour_is_drawn(page: Page, classroom: Classroom) -> None:
    page.emulate_media(forced_colors="active")
    borders = [shape(face(page, name))["border"] for name in (*classroom.shown, STRANGER)]

    assert len(set(borders)) == 3


def shape(one: Locator) -> dict[str, Any]:
    """What is left of it without its colours."""
    expect(one).to_be_visible()
    told: dict[str, Any] = one.evaluate(SHAPE)
    return told
