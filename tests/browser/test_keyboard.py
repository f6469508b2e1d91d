"""The whole flow by keyboard alone. Wherever the focus goes it can be seen, and after a sheet it is where it was."""

import pytest
from playwright.sync_api import Browser, expect

from .classroom import STRANGER, TEACHER, Classroom
from .gestures import download_register, expect_faces, face, open_session, roster, sheet, student
from .keyboard import Keyboard
from .visiting import Visitor

pytestmark = pytest.mark.browser


def test_a_lesson_by_keyboard(browser: Browser, visitor: Visitor, classroom: Classroom) -> None:
    page = visitor.open(browser)
    keyboard = Keyboard(page)
    page.goto("/")

    keyboard.type_into(page.get_by_label("E-mail address"), TEACHER.email)
    keyboard.type_into(page.get_by_label("Password", exact=True), TEACHER.password)
    page.keyboard.press("Enter")
    keyboard.press(page.get_by_role("button", name="Take attendance"))
    keyboard.choose_file(page.get_by_role("button", name="Choose photo files")).set_files(classroom.photo)
    expect_faces(page, classroom.summary)

    keyboard.press(face(page, STRANGER))
    keyboard.press(sheet(page).get_by_role("button", name=classroom.missing))
    expect(sheet(page)).to_be_hidden()
    expect(face(page, classroom.missing)).to_be_focused()

    row = student(page, "Student 1").get_by_role("button").first
    keyboard.press(row)
    keyboard.type_into(sheet(page).get_by_label("Reason"), "bus")
    keyboard.press(sheet(page).get_by_role("button", name="Late"), "Space")
    expect(sheet(page)).to_be_hidden()
    expect(student(page, "Student 1")).to_contain_text("bus · marked by hand")
    expect(row).to_be_focused()

    keyboard.press(page.get_by_role("group", name="What to do next").get_by_role("button", name="Close"))
    keyboard.press(sheet(page).get_by_role("button", name="Close it"))
    expect(page.get_by_role("heading", name="Session closed")).to_be_focused()
    keyboard.go_to(page.get_by_role("link", name="Download CSV"))
    rows = download_register(page, lambda: page.keyboard.press("Enter"))
    assert [row["name"] for row in rows if row["status"] == "late"] == ["Student 1"]
    assert len([row for row in rows if row["status"] == "present"]) == 3


def test_the_focus_returns_from_a_sheet_that_is_left(chromium: Browser, visitor: Visitor, classroom: Classroom) -> None:
    page = visitor.open(chromium, TEACHER)
    keyboard = Keyboard(page)
    open_session(page, classroom.open_session())
    keyboard.choose_file(page.get_by_role("button", name="Choose photo files")).set_files(classroom.photo)
    expect_faces(page, classroom.summary)

    for opener in (
        page.get_by_role("button", name="Your account"),
        face(page, classroom.shown[0]),
        page.get_by_role("button", name="say who this is"),
        student(page, "Student 9").get_by_role("button").first,
        page.get_by_role("group", name="What to do next").get_by_role("button", name="Close"),
    ):
        keyboard.press(opener)
        expect(sheet(page)).to_be_visible()
        page.keyboard.press("Escape")
        expect(sheet(page)).to_be_hidden()
        expect(opener).to_be_focused()


def test_the_camera_by_keyboard(chromium: Browser, visitor: Visitor, classroom: Classroom) -> None:
    page = visitor.open(chromium, TEACHER, permissions=["camera"])
    keyboard = Keyboard(page)
    open_session(page, classroom.open_session())
    opener = page.get_by_role("button", name="Take a photo")

    keyboard.press(opener)
    keyboard.press(sheet(page).get_by_role("button", name="Take the photo"), "Space")
    keyboard.press(sheet(page).get_by_role("button", name="Done (1)"))
    expect(sheet(page)).to_be_hidden()
    expect(opener).to_be_focused()
    expect_faces(page, classroom.summary)


def test_the_focus_stays_near_what_it_decided(chromium: Browser, visitor: Visitor, classroom: Classroom) -> None:
    page = visitor.open(chromium, TEACHER)
    keyboard = Keyboard(page)
    open_session(page, classroom.open_session())
    keyboard.choose_file(page.get_by_role("button", name="Choose photo files")).set_files(classroom.photo)
    expect_faces(page, classroom.summary)

    keyboard.press(page.get_by_role("button", name="say who this is"))
    keyboard.press(sheet(page).get_by_role("button", name="Nobody of this class"))
    expect(sheet(page)).to_be_hidden()
    expect(page.get_by_role("button", name="say who this is")).to_be_hidden()
    expect(page.locator(":focus")).to_have_count(1)

    keyboard.press(roster(page).get_by_role("button", name="Student 3 is here"))
    expect(student(page, "Student 3")).to_contain_text("marked by hand")
    expect(page.locator(":focus")).to_have_count(1)

    keyboard.press(page.get_by_role("button", name="Remove this photo"))
    keyboard.press(sheet(page).get_by_role("button", name="Remove it"))
    expect(page.get_by_text("Photograph the class")).to_be_visible()
    expect(page.locator(":focus")).to_have_count(1)
