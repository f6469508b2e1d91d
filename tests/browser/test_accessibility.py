"""axe-core finds nothing serious on any screen, in any state, on phone and desktop, light and dark."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect
from product import Stack

from .axe import Judge
from .classroom import COLLEAGUE, STRANGER, TEACHER, Classroom, write_hasty_photo
from .gestures import (
    choose_photo,
    close_session,
    expect_faces,
    face,
    open_session,
    photo_tile,
    roster,
    sheet,
    student,
)
from .outages import away
from .visiting import Visitor

pytestmark = pytest.mark.browser


@pytest.fixture
def judge(record_property: Callable[[str, object], None]) -> Iterator[Judge]:
    judge = Judge()
    yield judge
    record_property("pages judged by axe", judge.judged)
    record_property("lesser findings", judge.lesser.total())


def test_the_judge_sees_what_is_wrong(chromium: Browser, visitor: Visitor, judge: Judge) -> None:
    page = visitor.open(chromium)
    page.goto("/")
    heading = page.get_by_role("heading", name="Smart Attendance")
    expect(heading).to_be_visible()
    heading.evaluate("({ style }) => { style.color = '#888'; style.backgroundColor = '#666'; }")
    judge.look(page, "unreadable")
    assert len(judge.grave) == judge.judged
    assert "color-contrast" in judge.grave[0]


def test_signing_in(chromium: Browser, visitor: Visitor, judge: Judge) -> None:
    page = visitor.open(chromium)
    page.goto("/")
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    judge.look(page, "sign in")

    page.get_by_label("E-mail address").fill(TEACHER.email)
    page.get_by_label("Password", exact=True).fill("not the password")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("The e-mail address or the password is wrong.")
    judge.look(page, "sign in, refused")

    visitor.set_network(page, there=False)
    expect(page.get_by_text("This device is offline.")).to_be_visible()
    judge.look(page, "sign in, offline")
    assert not judge.grave, "\n".join(judge.grave)


def test_the_day(chromium: Browser, visitor: Visitor, classroom: Classroom, judge: Judge) -> None:
    newcomer = visitor.open(chromium, COLLEAGUE)
    newcomer.goto("/")
    expect(newcomer.get_by_text("No session yet today")).to_be_visible()
    judge.look(newcomer, "today, empty")

    classroom.teacher.post(f"{classroom.open_session()}/close")
    classroom.open_session()
    page = visitor.open(chromium, TEACHER)
    waiting = held(page, "**/sessions/overview*")
    page.goto("/")
    expect(page.get_by_role("status", name="Loading today's sessions")).to_be_visible()
    judge.look(page, "today, loading")
    waiting.pop().fulfill(status=500, body="")
    expect(page.get_by_text("This couldn't be loaded")).to_be_visible()
    judge.look(page, "today, failed")
    page.unroute_all()
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("link").filter(has_text="Closed")).to_be_visible()
    judge.look(page, "today")
    page.get_by_role("button", name="Your account").click()
    judge.look(page, "account")
    assert not judge.grave, "\n".join(judge.grave)


def test_an_address_of_nothing(chromium: Browser, visitor: Visitor, judge: Judge) -> None:
    page = visitor.open(chromium, TEACHER)
    page.goto("/sessions/01890000-0000-7000-8000-000000000000")
    expect(page.get_by_text("There is no such page")).to_be_visible()
    judge.look(page, "no such session")
    page.goto("/nowhere")
    expect(page.get_by_text("There is no such page")).to_be_visible()
    judge.look(page, "no such page")
    assert not judge.grave, "\n".join(judge.grave)


def test_a_register_that_does_not_come(chromium: Browser, visitor: Visitor, classroom: Classroom, judge: Judge) -> None:
    page = visitor.open(chromium, TEACHER)
    waiting = held(page, "**/register")
    page.goto(classroom.open_session())
    expect(page.get_by_role("status", name="Loading the register")).to_be_visible()
    judge.look(page, "register, loading")
    waiting.pop().fulfill(status=500, body="")
    expect(page.get_by_role("button", name="Try again")).to_be_visible()
    judge.look(page, "register, failed")
    assert not judge.grave, "\n".join(judge.grave)


def test_a_photo_on_its_way(
    chromium: Browser, visitor: Visitor, classroom: Classroom, stack: Stack, judge: Judge, tmp_path: Path
) -> None:
    page = visitor.open(chromium, TEACHER)
    open_session(page, classroom.open_session())
    judge.look(page, "no photo yet")

    held(page, "**/captures")
    choose_photo(page, classroom.photo)
    expect(photo_tile(page, "A photo")).to_be_visible()
    judge.look(page, "photo on its way")
    page.unroute_all()
    with away(stack, stack.ml):
        page.reload()
        expect(page.get_by_text("Face recognition can't be reached just now.")).to_be_visible()
        judge.look(page, "recognition away")
    expect_faces(page, classroom.summary)

    letter = tmp_path / "letter.jpg"
    letter.write_text("Dear teacher, this is no photo at all.")
    choose_photo(page, letter)
    expect(page.get_by_text("This photo can't be used.")).to_be_visible()
    judge.look(page, "photo refused")
    assert not judge.grave, "\n".join(judge.grave)


def test_a_photo_never_sent(chromium: Browser, visitor: Visitor, classroom: Classroom, judge: Judge) -> None:
    page = visitor.open(chromium, TEACHER)
    session = classroom.open_session()
    open_session(page, session)
    page.route("**/captures", lambda route: route.abort())
    choose_photo(page, classroom.photo)
    expect(photo_tile(page, "A photo: waits on this device to be sent")).to_be_visible()
    judge.look(page, "photo waiting, server away")
    page.get_by_role("link", name="Back to today's sessions").click()
    expect(page.get_by_text("Photos on this device are not sent yet")).to_be_visible()
    judge.look(page, "today, photo not sent")

    classroom.teacher.post(f"{session}/close")
    page.goto(session)
    expect(page.get_by_text("A photo on this device was never sent")).to_be_visible()
    judge.look(page, "closed, photo never sent")
    assert not judge.grave, "\n".join(judge.grave)


def test_the_camera(chromium: Browser, visitor: Visitor, classroom: Classroom, judge: Judge) -> None:
    page = visitor.open(chromium, TEACHER)
    open_session(page, classroom.open_session())
    page.get_by_role("button", name="Take a photo").click()
    expect(sheet(page).get_by_role("alert")).to_be_visible()
    judge.look(page, "camera refused")
    sheet(page).get_by_role("button", name="Leave the camera").click()

    page.context.grant_permissions(["camera"])
    page.get_by_role("button", name="Take a photo").click()
    sheet(page).get_by_role("button", name="Take the photo").click()
    expect(sheet(page).get_by_role("button", name="Done (1)")).to_be_visible()
    judge.look(page, "camera")
    assert not judge.grave, "\n".join(judge.grave)


def test_faces_students_and_the_closed_register(
    chromium: Browser, visitor: Visitor, classroom: Classroom, judge: Judge, tmp_path: Path
) -> None:
    page = visitor.open(chromium, TEACHER)
    open_session(page, classroom.open_session())
    summary = write_hasty_photo(tmp_path / "hasty.jpg")
    choose_photo(page, tmp_path / "hasty.jpg")
    expect_faces(page, summary)
    judge.look(page, "recognised")
    for name in (*classroom.shown, STRANGER):
        look_into(page, judge, f"sheet of {name}", lambda name=name: face(page, name).click())
    row = student(page, "Student 1").get_by_role("button").first
    look_into(page, judge, "sheet of a student", row.click)
    roster(page).get_by_role("button", name="Student 1 is here").click()
    roster(page).get_by_label("Find a student").fill("nobody of that name")
    judge.look(page, "nobody found")
    look_into(page, judge, "removing", page.get_by_role("button", name="Remove this photo").click)
    bar = page.get_by_role("group", name="What to do next")
    look_into(page, judge, "closing", bar.get_by_role("button", name="Close").click)
    close_session(page)
    judge.look(page, "closed")
    assert not judge.grave, "\n".join(judge.grave)


def look_into(page: Page, judge: Judge, name: str, open_sheet: Callable[[], None]) -> None:
    """Judge what opens, and close it again."""
    open_sheet()
    expect(sheet(page)).to_be_visible()
    judge.look(page, name)
    page.keyboard.press("Escape")
    expect(sheet(page)).to_be_hidden()


def held(page: Page, pattern: str) -> list[Route]:
    """Requests to such addresses wait in the list, for whoever answers them."""
    waiting: list[Route] = []

    def hold(route: Route) -> None:
        waiting.append(route)

    page.route(pattern, hold)
    return waiting
