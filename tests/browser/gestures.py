"""What a teacher does on the pages, found by role and name as they find it. Each waits until the page shows it done."""

import csv
import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from attendance_cli.accounts import Account


def sign_in(page: Page, account: Account) -> None:
    page.goto("/")
    page.get_by_label("E-mail address").fill(account.email)
    page.get_by_label("Password", exact=True).fill(account.password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Today", exact=True)).to_be_visible()


def start_session(page: Page) -> None:
    """From the day's page, for the only subject and the period that the page proposes."""
    page.get_by_role("button", name="Take attendance").click()
    expect(page.get_by_text("Photograph the class")).to_be_visible()


def open_session(page: Page, address: str) -> None:
    page.goto(address)
    expect(roster(page)).to_be_visible()


def choose_photo(page: Page, photo: Path) -> None:
    """Choose a file, as somebody does who has taken the photo already."""
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose photo files").click()
    chooser.value.set_files(photo)


def photo_panel(page: Page) -> Locator:
    """The photo with its framed faces."""
    return page.get_by_role("region", name="The photo")


def photo_tile(page: Page, name: str | re.Pattern[str]) -> Locator:
    """The small picture of a photo that is still on this device, by what is said of it."""
    return page.get_by_role("region", name="Photos").get_by_role("status", name=name)


def roster(page: Page) -> Locator:
    return page.get_by_role("region", name="Roster")


def sheet(page: Page) -> Locator:
    return page.get_by_role("dialog")


def face(page: Page, name: str) -> Locator:
    """The frame of one face: of the student with this name, or of an unknown person."""
    return photo_panel(page).get_by_role("button", name=re.compile(f"^{re.escape(name)}\\b"))


def student(page: Page, name: str) -> Locator:
    """The row of one student."""
    return roster(page).get_by_role("listitem").filter(has_text=name)


def expect_faces(page: Page, summary: str) -> None:
    expect(photo_panel(page).get_by_text(summary)).to_be_visible()


def say_who(page: Page, face_name: str, name: str) -> None:
    """Give an unknown face a name."""
    face(page, face_name).click()
    sheet(page).get_by_role("button", name=name).click()
    expect(sheet(page)).to_be_hidden()
    expect(face(page, name)).to_be_visible()


def say_nobody(page: Page, face_name: str) -> None:
    face(page, face_name).click()
    sheet(page).get_by_role("button", name="Nobody of this class").click()
    expect(sheet(page)).to_be_hidden()
    expect(face(page, "Not of this class")).to_be_visible()


def mark(page: Page, name: str, status: str, reason: str = "") -> None:
    student(page, name).get_by_role("button").first.click()
    sheet(page).get_by_label("Reason").fill(reason)
    sheet(page).get_by_role("button", name=status).click()
    expect(sheet(page)).to_be_hidden()
    expect(student(page, name)).to_contain_text(f"{reason} · marked by hand" if reason else "marked by hand")


def close_session(page: Page) -> None:
    page.get_by_role("group", name="What to do next").get_by_role("button", name="Close").click()
    sheet(page).get_by_role("button", name="Close it").click()
    expect(page.get_by_role("heading", name="Session closed")).to_be_visible()


def download_register(page: Page, ask: Callable[[], None] | None = None) -> list[dict[str, str]]:
    """The rows of the CSV file, asked for by a click unless told how."""
    with page.expect_download() as download:
        (ask or page.get_by_role("link", name="Download CSV").click)()
    file = download.value.path()
    # Firefox gives the file the name it should have, where Playwright expects one of its own.
    saved = file if file.exists() else file.with_name(download.value.suggested_filename)
    with saved.open(encoding="utf-8-sig", newline="") as rows:
        return list(csv.DictReader(rows))
