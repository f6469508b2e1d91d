"""Who sees what, and for how long: a photo is shown and sent for whom it belongs to and for nobody else."""

import httpx2
import pytest
from playwright.sync_api import Browser, Page, expect
from product import Stack

from attendance_cli.accounts import Account

from .classroom import COLLEAGUE, TEACHER, Classroom
from .gestures import (
    choose_photo,
    expect_faces,
    open_session,
    photo_panel,
    photo_tile,
    roster,
    sheet,
    student,
)
from .visiting import Visitor

KNOWN_BROWSER = "attendance-device"
pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def shared_subject(classroom: Classroom) -> str:
    """A subject that both teachers teach, and nobody attends."""
    emails = (TEACHER.email, COLLEAGUE.email)
    teachers = [user["id"] for email in emails for user in classroom.office.every("/users", email=email)]
    subject = {"code": "SHARED", "name": "Shared", "teacher_ids": teachers}
    subject_id: str = classroom.office.post("/subjects", subject)["id"]
    return subject_id


def test_another_teachers_session_is_no_page(chromium: Browser, visitor: Visitor, classroom: Classroom) -> None:
    page = visitor.open(chromium, COLLEAGUE)
    page.goto(classroom.open_session())

    expect(page.get_by_text("There is no such page")).to_be_visible()
    expect(roster(page)).to_be_hidden()
    page.get_by_role("link", name="Today's sessions").click()
    expect(page.get_by_role("heading", name="Today", exact=True)).to_be_visible()


def test_a_photo_is_given_to_who_may_see_it_and_kept_nowhere(
    chromium: Browser, visitor: Visitor, classroom: Classroom, stack: Stack
) -> None:
    page = visitor.open(chromium, TEACHER)
    session = classroom.open_session()
    open_session(page, session)
    choose_photo(page, classroom.photo)
    expect_faces(page, classroom.summary)
    address = f"/api/v1/captures/{classroom.captures(session)[0]['id']}/photo"
    colleague = visitor.open(chromium, COLLEAGUE)

    given = page.context.request.get(address)
    assert (given.status, given.headers["content-type"]) == (200, "image/jpeg")
    assert "no-store" in given.headers["cache-control"]
    assert httpx2.get(f"{stack.backend_url}{address}", timeout=60).status_code == 401
    assert colleague.context.request.get(address).status == 404


def test_who_has_signed_out_goes_back_to_no_photo(browser: Browser, visitor: Visitor, classroom: Classroom) -> None:
    page = visitor.open(browser, TEACHER)
    open_session(page, classroom.open_session())
    choose_photo(page, classroom.photo)
    expect_faces(page, classroom.summary)

    sign_out(page)
    page.go_back()
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    expect(photo_panel(page)).to_be_hidden()
    page.reload()
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    # What stays tells only that this browser is known, so that others' failures to sign in don't slow its owner down.
    assert [cookie["name"] for cookie in page.context.cookies()] == [KNOWN_BROWSER]


def test_a_photo_that_waits_is_shown_and_sent_for_its_owner_only(
    browser: Browser, visitor: Visitor, classroom: Classroom, shared_subject: str
) -> None:
    page = visitor.open(browser, TEACHER)
    session = classroom.open_session(shared_subject)
    open_session(page, session)
    page.route("**/captures", lambda route: route.abort())
    choose_photo(page, classroom.photo)
    expect(photo_tile(page, "A photo: waits on this device to be sent")).to_be_visible()
    sign_out(page)
    page.unroute_all()

    sign_in_here(page, COLLEAGUE)
    expect(page.get_by_role("heading", name="Today", exact=True)).to_be_visible()
    open_session(page, session)
    expect(page.get_by_text("Photograph the class")).to_be_visible()
    expect(photo_tile(page, "A photo")).to_have_count(0)
    assert classroom.captures(session) == []
    sign_out(page)

    sign_in_here(page, TEACHER)
    expect(page.get_by_role("heading", name="Today", exact=True)).to_be_visible()
    open_session(page, session)
    expect(photo_panel(page).get_by_text("3 faces: 3 unknown.")).to_be_visible()
    assert len(classroom.captures(session)) == 1


def test_who_is_signed_out_in_the_middle_signs_in_and_goes_on(
    browser: Browser, visitor: Visitor, classroom: Classroom
) -> None:
    page = visitor.open(browser, TEACHER)
    session = classroom.open_session()
    open_session(page, session)
    end_on_the_server(page)

    choose_photo(page, classroom.photo)
    sign_in_here(page, TEACHER)

    expect_faces(page, classroom.summary)
    assert page.url.endswith(session)
    assert len(classroom.captures(session)) == 1


def test_a_mark_of_who_is_signed_out_is_not_lost_unseen(
    chromium: Browser, visitor: Visitor, classroom: Classroom
) -> None:
    page = visitor.open(chromium, TEACHER)
    session = classroom.open_session()
    open_session(page, session)
    page.context.clear_cookies()

    page.get_by_role("button", name="Student 1 is here").click()
    expect(page.get_by_text("You have been signed out.")).to_be_visible()
    sign_in_here(page, TEACHER)

    expect(roster(page)).to_be_visible()
    assert page.url.endswith(session)
    page.get_by_role("button", name="Student 1 is here").click()
    expect(student(page, "Student 1")).to_contain_text("marked by hand")


def sign_in_here(page: Page, account: Account) -> None:
    """On the sign-in page that has come up."""
    page.get_by_label("E-mail address").fill(account.email)
    page.get_by_label("Password", exact=True).fill(account.password)
    page.get_by_role("button", name="Sign in").click()


def sign_out(page: Page) -> None:
    page.get_by_role("button", name="Your account").click()
    sheet(page).get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()


def end_on_the_server(page: Page) -> None:
    """What the cookie stood for is over, and the browser doesn't know."""
    (cookie,) = [cookie for cookie in page.context.cookies() if cookie["name"] != KNOWN_BROWSER]
    ended = page.context.request.delete("/api/v1/auth/browser", headers={"Sec-Fetch-Site": "same-origin"})
    assert ended.ok
    page.context.add_cookies([cookie])
