"""Where mailed links lead: people come by an account and back into it, by keyboard and eye and without either."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, Page, expect
from product import ADMINISTRATOR, Stack, sign_in

from attendance_cli.accounts import Account

from . import gestures
from .axe import Judge
from .visiting import Visitor

pytestmark = pytest.mark.browser

INVITED = Account("invited@school.example", "Somebody Invited", "four quiet green hedgehogs")
MOVING = Account("moving@school.example", "Somebody Moving", "nine slow red lanterns")
FORGETFUL = Account("forgetful@school.example", "Somebody Forgetful", "seven loud blue kettles")


@pytest.fixture
def judge(record_property: Callable[[str, object], None]) -> Iterator[Judge]:
    judge = Judge()
    yield judge
    record_property("pages judged by axe", judge.judged)
    assert not judge.grave, "\n".join(judge.grave)


def test_an_invitation_becomes_an_account(stack: Stack, chromium: Browser, visitor: Visitor, judge: Judge) -> None:
    with sign_in(stack, ADMINISTRATOR) as office:
        invited = office.post("/invitations", json={"email": INVITED.email, "role": "teacher"})
    page = visitor.open(chromium)
    page.goto(invited.raise_for_status().json()["link"])
    expect(page).to_have_url(re.compile(r"/invitation$"))
    judge.look(page, "invitation")

    page.get_by_label("Your name").fill(INVITED.name)
    choose(page, "password123456", "Create the account")
    expect(page.get_by_role("alert")).to_contain_text("among the first that anybody would guess")
    expect(page.get_by_label("New password", exact=True)).to_be_focused()
    judge.look(page, "invitation, refused")

    choose(page, INVITED.password, "Create the account")
    expect(page.get_by_role("heading", name="Your account is ready")).to_be_focused()
    judge.look(page, "invitation, done")
    page.get_by_role("link", name="Go to sign in").click()
    gestures.sign_in(page, INVITED)
    visitor_saw_no_secret_leave(visitor, invited.json()["link"])


def test_a_lost_password_is_replaced(stack: Stack, chromium: Browser, visitor: Visitor, judge: Judge) -> None:
    with sign_in(stack, ADMINISTRATOR) as office:
        made = {"email": FORGETFUL.email, "name": FORGETFUL.name, "role": "teacher", "password": "a lost one of many"}
        user_id = office.post("/users", json=made).raise_for_status().json()["id"]
        link = office.post(f"/users/{user_id}/password-reset").raise_for_status().json()["link"]
    page = visitor.open(chromium)
    page.goto("/sign-in")
    page.get_by_role("link", name="Forgotten the password?").click()
    expect(page.get_by_role("heading", name="Forgotten the password?")).to_be_visible()
    judge.look(page, "password reset, to be asked for")
    page.get_by_label("E-mail address").fill(FORGETFUL.email)
    page.get_by_role("button", name="Send the link").click()
    expect(page.get_by_role("heading", name="Look into your mail")).to_be_focused()
    judge.look(page, "password reset, asked for")

    # In the same tab: nothing is loaded anew, only the address changes.
    page.goto(link)
    choose(page, FORGETFUL.password, "Change the password")
    expect(page.get_by_role("heading", name="Your password is changed")).to_be_focused()
    judge.look(page, "password reset, done")
    gestures.sign_in(page, FORGETFUL)

    page.goto("/sign-in")
    page.goto(link)
    choose(page, FORGETFUL.password, "Change the password")
    expect(page.get_by_role("link", name="Ask for another link")).to_be_visible()
    judge.look(page, "password reset, used")
    visitor_saw_no_secret_leave(visitor, link)


def test_another_address_counts_once_it_is_confirmed(
    stack: Stack, chromium: Browser, visitor: Visitor, judge: Judge
) -> None:
    moved = replace(MOVING, email="moved@school.example")
    with sign_in(stack, ADMINISTRATOR) as office:
        made = {"email": MOVING.email, "name": MOVING.name, "role": "teacher", "password": MOVING.password}
        user_id = office.post("/users", json=made).raise_for_status().json()["id"]
        asked = office.post(f"/users/{user_id}/email-link", json={"email": moved.email})
        link = asked.raise_for_status().json()["link"]
    page = visitor.open(chromium)
    page.goto("/email")
    expect(page.get_by_role("heading", name="Your e-mail address")).to_be_visible()
    judge.look(page, "e-mail address, without its link")

    page.goto(link)
    expect(page.get_by_role("heading", name="Confirm your e-mail address")).to_be_visible()
    judge.look(page, "e-mail address, to be confirmed")
    page.get_by_role("button", name="Confirm the address").press("Enter")
    expect(page.get_by_role("heading", name="Your address is confirmed")).to_be_focused()
    expect(page.get_by_text(moved.email)).to_be_visible()
    judge.look(page, "e-mail address, confirmed")
    page.get_by_role("link", name="Go on").click()
    gestures.sign_in(page, moved)

    page.goto("/sign-in")
    page.goto(link)
    page.get_by_role("button", name="Confirm the address").click()
    expect(page.get_by_role("alert")).to_contain_text("This link was used")
    judge.look(page, "e-mail address, used")
    visitor_saw_no_secret_leave(visitor, link)


def choose(page: Page, password: str, button: str) -> None:
    page.get_by_label("New password", exact=True).fill(password)
    page.get_by_role("button", name=button).click()


def visitor_saw_no_secret_leave(visitor: Visitor, link: str) -> None:
    """No address that a page asked for holds the secret: what stands behind the # stays in the browser."""
    secret = link.partition("#")[2]
    assert len(secret) > 20
    assert [address for address in visitor.asked if secret in address.partition("#")[0]] == []
