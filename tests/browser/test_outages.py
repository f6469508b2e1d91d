"""What a teacher sees while a part of the product is away, and that nothing they did meanwhile is lost."""

import os
import signal

import pytest
from playwright.sync_api import Browser, Page, expect
from product import Stack

from .classroom import TEACHER, Classroom
from .gestures import choose_photo, close_session, expect_faces, open_session, photo_tile, roster, student
from .outages import away
from .visiting import Visitor

pytestmark = pytest.mark.browser

SERVER_AWAY = "The school's server doesn't answer."
DEVICE_OFFLINE = "This device is offline."


def test_recognition_is_away_and_comes_back(
    browser: Browser, visitor: Visitor, classroom: Classroom, stack: Stack
) -> None:
    page = visitor.open(browser, TEACHER)
    open_session(page, classroom.open_session())
    remember_document(page)

    with away(stack, stack.ml):
        choose_photo(page, classroom.photo)
        expect(page.get_by_text("Face recognition can't be reached just now.")).to_be_visible()
        page.get_by_role("button", name="Mark by hand").click()
        expect(roster(page)).to_be_focused()
        mark_here(page, "Student 1")

    expect_faces(page, classroom.summary)
    expect(page.get_by_text("Face recognition can't be reached just now.")).to_be_hidden()
    expect(student(page, "Student 1")).to_contain_text("marked by hand")
    assert_same_document(page)


def test_recognition_dies_over_a_photo(chromium: Browser, visitor: Visitor, classroom: Classroom, stack: Stack) -> None:
    page = visitor.open(chromium, TEACHER)
    session = classroom.open_session()
    open_session(page, session)
    remember_document(page)

    os.kill(stack.supervisor.pids["ml"], signal.SIGSTOP)
    choose_photo(page, classroom.photo)
    classroom.wait_for_capture(session)
    with away(stack, stack.ml):
        expect(page.get_by_text("Face recognition can't be reached just now.")).to_be_visible()
        mark_here(page, "Student 2")

    expect_faces(page, classroom.summary)
    assert len(classroom.captures(session)) == 1
    assert classroom.statuses(session)["Student 2"] == "present"
    assert_same_document(page)


def test_the_server_is_away_and_comes_back(
    browser: Browser, visitor: Visitor, classroom: Classroom, stack: Stack
) -> None:
    page = visitor.open(browser, TEACHER)
    session = classroom.open_session()
    open_session(page, session)
    remember_document(page)

    with away(stack, stack.backend):
        choose_photo(page, classroom.photo)
        expect(page.get_by_text(SERVER_AWAY)).to_be_visible()
        expect(photo_tile(page, "A photo: waits on this device to be sent")).to_be_visible()

    expect_faces(page, classroom.summary)
    expect(page.get_by_text(SERVER_AWAY)).to_be_hidden()
    assert len(classroom.captures(session)) == 1
    assert_same_document(page)


def test_a_photo_taken_without_a_server_outlives_the_page(
    browser: Browser, visitor: Visitor, classroom: Classroom, stack: Stack
) -> None:
    page = visitor.open(browser, TEACHER)
    session = classroom.open_session()
    open_session(page, session)

    with away(stack, stack.backend):
        choose_photo(page, classroom.photo)
        expect(photo_tile(page, "A photo: waits on this device to be sent")).to_be_visible()
        page.close()
    page = visitor.another(page.context)
    open_session(page, session)

    expect_faces(page, classroom.summary)
    expect(photo_tile(page, "A photo")).to_have_count(0)
    assert len(classroom.captures(session)) == 1


def test_a_device_without_a_network_keeps_its_photos(browser: Browser, visitor: Visitor, classroom: Classroom) -> None:
    page = visitor.open(browser, TEACHER)
    session = classroom.open_session()
    open_session(page, session)

    visitor.set_network(page, there=False)
    expect(page.get_by_text(DEVICE_OFFLINE)).to_be_visible()
    choose_photo(page, classroom.photo)
    expect(photo_tile(page, "A photo: waits on this device to be sent")).to_be_visible()
    visitor.set_network(page, there=True)

    expect_faces(page, classroom.summary)
    expect(page.get_by_text(DEVICE_OFFLINE)).to_be_hidden()
    assert len(classroom.captures(session)) == 1


def test_a_photo_never_sent_is_told_of_where_it_can_be_sent(
    chromium: Browser, visitor: Visitor, classroom: Classroom
) -> None:
    page = visitor.open(chromium, TEACHER)
    session = classroom.open_session()
    open_session(page, session)
    page.route("**/captures", lambda route: route.abort())
    choose_photo(page, classroom.photo)
    expect(photo_tile(page, "A photo: waits on this device to be sent")).to_be_visible()

    page.get_by_role("link", name="Back to today's sessions").click()
    told = page.get_by_role("alert").filter(has_text="Photos on this device are not sent yet")
    told.get_by_role("link").click()
    close_session(page)
    expect(page.get_by_text("A photo on this device was never sent")).to_be_visible()
    assert classroom.captures(session) == []
    page.unroute_all()
    page.get_by_role("button", name="Reopen").click()

    expect_faces(page, classroom.summary)
    assert len(classroom.captures(session)) == 1


def test_two_windows_send_a_photo_once(chromium: Browser, visitor: Visitor, classroom: Classroom) -> None:
    page = visitor.open(chromium, TEACHER)
    session = classroom.open_session()
    open_session(page, session)
    page.context.route("**/captures", lambda route: route.abort())
    choose_photo(page, classroom.photo)
    expect(photo_tile(page, "A photo: waits on this device to be sent")).to_be_visible()
    other = visitor.another(page.context)
    open_session(other, session)
    expect(photo_tile(other, "A photo: waits on this device to be sent")).to_be_visible()
    page.context.unroute_all()

    for window in (page, other):
        expect(photo_tile(window, "A photo")).to_have_count(0)
        expect_faces(window, classroom.summary)
    assert len(classroom.captures(session)) == 1


def mark_here(page: Page, name: str) -> None:
    page.get_by_role("button", name=f"{name} is here").click()
    expect(student(page, name)).to_contain_text("marked by hand")


def remember_document(page: Page) -> None:
    page.evaluate("document.remembered = true")


def assert_same_document(page: Page) -> None:
    """Nothing has reloaded the page since it was remembered."""
    assert page.evaluate("document.remembered") is True
