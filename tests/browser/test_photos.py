"""How photos come in: from the camera, from the camera app where the camera is refused, and over a slow network."""

import re
from pathlib import Path

import pytest
from photos import as_heic
from PIL import Image
from playwright.sync_api import Browser, Page, Route, expect
from product import Stack

from .classroom import STRANGER, TEACHER, Classroom
from .gestures import choose_photo, expect_faces, face, open_session, photo_panel, photo_tile, sheet
from .outages import standing_still
from .visiting import PLENTY, Visitor

pytestmark = pytest.mark.browser

SLOW_BYTES_PER_SECOND = 40_000


def open_camera(page: Page) -> None:
    page.get_by_role("button", name="Take a photo").click()


def test_the_camera_takes_photos_one_after_the_other(chromium: Browser, visitor: Visitor, classroom: Classroom) -> None:
    page = visitor.open(chromium, TEACHER, permissions=["camera"])
    session = classroom.open_session()
    open_session(page, session)

    open_camera(page)
    shutter = sheet(page).get_by_role("button", name="Take the photo")
    shutter.click()
    expect(sheet(page).get_by_text("1 photo taken")).to_be_attached()
    shutter.click()
    sheet(page).get_by_role("button", name="Done (2)").click()

    expect_faces(page, classroom.summary)
    for name in (*classroom.shown, STRANGER):
        expect(face(page, name)).to_be_visible()
    expect(photo_tile(page, "A photo")).to_have_count(0)
    statuses = classroom.statuses(session)
    assert {name for name, status in statuses.items() if status == "present"} == set(classroom.shown)


def test_where_the_camera_is_refused_the_camera_app_is_offered(
    chromium: Browser, visitor: Visitor, classroom: Classroom
) -> None:
    page = visitor.open(chromium, TEACHER)
    open_session(page, classroom.open_session())

    open_camera(page)
    expect(sheet(page).get_by_role("alert")).to_contain_text("This page may not use the camera")
    camera_app = sheet(page).get_by_label("Photo from the camera app")
    assert camera_app.get_attribute("capture") == "environment"
    with page.expect_file_chooser() as chooser:
        sheet(page).get_by_role("button", name="Open the camera app").click()
    chooser.value.set_files(classroom.photo)

    expect(sheet(page)).to_be_hidden()
    expect_faces(page, classroom.summary)


def test_a_reload_before_the_photo_arrives_sends_it_once(
    browser: Browser, visitor: Visitor, classroom: Classroom
) -> None:
    page = visitor.open(browser, TEACHER)
    session = classroom.open_session()
    open_session(page, session)
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/captures", hold)
    with page.expect_request("**/captures"):
        choose_photo(page, classroom.photo)
    expect(photo_tile(page, "A photo")).to_be_visible()
    assert classroom.captures(session) == []
    page.unroute("**/captures", hold)
    page.reload()

    expect_faces(page, classroom.summary)
    assert len(held) == 1
    assert [capture["state"] for capture in classroom.captures(session)] == ["recognised"]


def test_a_reload_after_the_photo_arrived_does_not_double_it(
    browser: Browser, visitor: Visitor, classroom: Classroom, stack: Stack
) -> None:
    page = visitor.open(browser, TEACHER)
    session = classroom.open_session()
    open_session(page, session)

    with standing_still(stack, stack.ml), page.expect_request("**/captures"):
        choose_photo(page, classroom.photo)
        classroom.wait_for_capture(session)
        page.reload()

    expect_faces(page, classroom.summary)
    expect(photo_tile(page, "A photo")).to_have_count(0)
    assert [capture["state"] for capture in classroom.captures(session)] == ["recognised"]


def test_a_slow_upload_tells_how_far_it_is(chromium: Browser, visitor: Visitor, classroom: Classroom) -> None:
    page = visitor.open(chromium, TEACHER)
    session = classroom.open_session()
    open_session(page, session)

    visitor.bound_uploads(page, SLOW_BYTES_PER_SECOND)
    choose_photo(page, classroom.photo)
    expect(photo_tile(page, re.compile(r"A photo: [1-9]\d? % sent"))).to_be_visible()
    page.reload()
    visitor.bound_uploads(page, PLENTY)

    expect_faces(page, classroom.summary)
    assert len(classroom.captures(session)) == 1


def test_a_file_that_is_no_photo_is_told_and_dismissed(
    browser: Browser, visitor: Visitor, classroom: Classroom, tmp_path: Path
) -> None:
    page = visitor.open(browser, TEACHER)
    open_session(page, classroom.open_session())
    letter = tmp_path / "letter.jpg"
    letter.write_text("Dear teacher, this is no photo at all.")

    choose_photo(page, letter)
    told = page.get_by_role("alert").filter(has_text="This photo can't be used.")
    expect(told).to_contain_text("This file is no photo we can read. Use JPEG, PNG, WebP or HEIC.")
    told.get_by_role("button", name="Dismiss").click()

    expect(told).to_be_hidden()
    expect(page.get_by_text("Photograph the class")).to_be_visible()


def test_a_phones_heic_is_shown_as_the_upright_photo_it_is(
    browser: Browser, visitor: Visitor, classroom: Classroom, tmp_path: Path
) -> None:
    page = visitor.open(browser, TEACHER)
    open_session(page, classroom.open_session())
    heic = tmp_path / "class.heic"
    with Image.open(classroom.photo) as photo:
        heic.write_bytes(as_heic(photo, orientation=6))

    choose_photo(page, heic)
    expect_faces(page, classroom.summary)
    shown = photo_panel(page).get_by_role("img", name="The class, as photographed")
    expect(shown).to_be_visible()
    assert shown.evaluate("async (photo) => { await photo.decode(); return photo.naturalWidth; }") == photo.width
    for name in (*classroom.shown, STRANGER):
        expect(face(page, name)).to_be_visible()


def test_a_photo_is_taken_back_with_what_it_said(chromium: Browser, visitor: Visitor, classroom: Classroom) -> None:
    page = visitor.open(chromium, TEACHER)
    session = classroom.open_session()
    open_session(page, session)
    choose_photo(page, classroom.photo)
    expect_faces(page, classroom.summary)

    photo_panel(page).get_by_role("button", name="Remove this photo").click()
    sheet(page).get_by_role("button", name="Remove it").click()
    expect(page.get_by_text("Photograph the class")).to_be_visible()

    assert classroom.captures(session) == []
    assert set(classroom.statuses(session).values()) == {"unmarked"}
