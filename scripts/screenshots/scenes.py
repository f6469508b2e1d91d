"""What is on each picture, and how one gets there. A scene's name is the beginning of its pictures' names."""

import io
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from browser.classroom import TEACHER
from browser.gestures import choose_photo, face, open_session, photo_panel, sheet, student
from browser.outages import away
from browser.visiting import DESKTOP, PHONE, Visitor
from PIL import Image
from playwright.sync_api import Browser, Page, Route, expect
from scripts.screenshots.school import NEWCOMER, School

from attendance_cli.accounts import Account

SLOW_BYTES_A_SECOND = 40_000
COLOURS = 256
FILMED = """() => new Promise((done) => {
  const video = document.querySelector("video");
  if (video.videoWidth > 0) done(); else video.addEventListener("loadeddata", done);
})"""
"""Waits for the camera's first picture."""
NOBODYS = "#a-link-of-nobody"
UNAVAILABLE = {"title": "The database is out of reach", "status": 503, "error_code": "DATABASE_UNAVAILABLE"}


@dataclass(frozen=True)
class Look:
    """What the page is shown on. `name` is the end of the picture's name."""

    device: Literal["phone", "desktop"]
    scheme: Literal["light", "dark"]

    @property
    def name(self) -> str:
        return f"{self.device}-{self.scheme}"

    @property
    def options(self) -> dict[str, Any]:
        """The browser context's. A phone's picture is half as large again, to be sharp on a page."""
        phone = {"viewport": PHONE, "device_scale_factor": 1.5, "has_touch": True}
        shared = {"color_scheme": self.scheme, "locale": "en-GB"}
        return shared | (phone if self.device == "phone" else {"viewport": DESKTOP})


LOOKS = [Look(device, scheme) for device in ("phone", "desktop") for scheme in ("light", "dark")]


@dataclass
class Studio:
    """Where one picture is taken: the school, the browser, and the look it is taken in."""

    school: School
    browser: Browser
    visitor: Visitor
    look: Look
    out: Path
    held: list[Route] = field(default_factory=list)

    @property
    def lessons(self) -> dict[str, str]:
        return self.school.lessons

    def page(self, address: str = "/", account: Account | None = TEACHER, **options: Any) -> Page:
        page = self.visitor.open(self.browser, account, **self.look.options, **options)
        page.goto(address)
        return page

    def session(self, address: str, **options: Any) -> Page:
        page = self.visitor.open(self.browser, TEACHER, **self.look.options, **options)
        open_session(page, address)
        return page

    def hold(self, page: Page, address: str) -> None:
        """Let whoever asks for such an address wait until the picture is taken."""

        def wait(route: Route) -> None:
            self.held.append(route)

        page.route(address, wait)

    def take(self, page: Page, *, whole: bool = False) -> None:
        """Write the picture: of what is on the screen, or of the whole page on a screen that is as high."""
        page.mouse.move(0, 0)
        size = self.look.options["viewport"]
        if whole:
            height = page.evaluate("document.documentElement.scrollHeight")
            page.set_viewport_size({"width": size["width"], "height": max(height, size["height"])})
        with Image.open(io.BytesIO(page.screenshot(animations="disabled"))) as image:
            image.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(self.out, optimize=True)
        for route in self.held:
            route.abort()


Scene = Callable[[Studio], None]
SCENES: dict[str, Scene] = {}


def scene(name: str) -> Callable[[Scene], Scene]:
    def add(taking: Scene) -> Scene:
        SCENES[name] = taking
        return taking

    return add


@scene("sign-in-normal")
def sign_in(studio: Studio) -> None:
    page = studio.page(account=None)
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    studio.take(page)


@scene("sign-in-loading")
def signing_in(studio: Studio) -> None:
    page = studio.page(account=None)
    studio.hold(page, "**/auth/browser")
    try_to_sign_in(page)
    expect(page.get_by_role("button", name="Sign in")).to_have_attribute("data-loading", "true")
    studio.take(page)


@scene("sign-in-error")
def sign_in_refused(studio: Studio) -> None:
    page = studio.page(account=None)
    try_to_sign_in(page)
    expect(page.get_by_role("alert")).to_be_visible()
    studio.take(page)


@scene("sign-in-offline")
def sign_in_offline(studio: Studio) -> None:
    page = studio.page(account=None)
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    go_offline(page)
    studio.take(page)


@scene("invitation-normal")
def invited(studio: Studio) -> None:
    page = studio.page(f"/invitation{NOBODYS}", account=None)
    expect(page.get_by_label("Your name")).to_be_visible()
    studio.take(page)


@scene("invitation-error")
def invited_too_long_ago(studio: Studio) -> None:
    page = studio.page(f"/invitation{NOBODYS}", account=None)
    page.get_by_label("Your name").fill(NEWCOMER.name)
    page.get_by_label("New password", exact=True).fill(NEWCOMER.password)
    page.get_by_role("button", name="Create the account").click()
    expect(page.get_by_role("alert")).to_be_visible()
    studio.take(page)


@scene("password-reset-empty")
def a_link_to_be_asked_for(studio: Studio) -> None:
    page = studio.page("/password-reset", account=None)
    expect(page.get_by_role("button", name="Send the link")).to_be_visible()
    studio.take(page)


@scene("password-reset-sent")
def a_link_asked_for(studio: Studio) -> None:
    page = studio.page("/password-reset", account=None)
    page.get_by_label("E-mail address").fill(NEWCOMER.email)
    page.get_by_role("button", name="Send the link").click()
    expect(page.get_by_role("heading", name="Look into your mail")).to_be_visible()
    studio.take(page)


@scene("password-reset-normal")
def a_new_password(studio: Studio) -> None:
    page = studio.page(f"/password-reset{NOBODYS}", account=None)
    expect(page.get_by_role("button", name="Change the password")).to_be_visible()
    studio.take(page)


@scene("email-normal")
def an_address_to_confirm(studio: Studio) -> None:
    page = studio.page(f"/email{NOBODYS}", account=None)
    expect(page.get_by_role("button", name="Confirm the address")).to_be_visible()
    studio.take(page)


@scene("email-empty")
def an_address_without_its_link(studio: Studio) -> None:
    page = studio.page("/email", account=None)
    expect(page.get_by_role("heading", name="Your e-mail address")).to_be_visible()
    studio.take(page)


@scene("email-done")
def an_address_confirmed(studio: Studio) -> None:
    page = studio.page(studio.school.address_link(), account=None)
    page.get_by_role("button", name="Confirm the address").click()
    expect(page.get_by_role("heading", name="Your address is confirmed")).to_be_visible()
    studio.take(page)


@scene("email-error")
def an_address_confirmed_too_late(studio: Studio) -> None:
    page = studio.page(f"/email{NOBODYS}", account=None)
    page.get_by_role("button", name="Confirm the address").click()
    expect(page.get_by_role("alert")).to_be_visible()
    studio.take(page)


@scene("password-reset-error")
def a_link_that_is_over(studio: Studio) -> None:
    page = studio.page(f"/password-reset{NOBODYS}", account=None)
    page.get_by_label("New password", exact=True).fill(NEWCOMER.password)
    page.get_by_role("button", name="Change the password").click()
    expect(page.get_by_role("alert")).to_be_visible()
    studio.take(page)


@scene("today-empty")
def a_day_without_sessions(studio: Studio) -> None:
    page = studio.page(account=NEWCOMER)
    expect(page.get_by_text("No session yet today")).to_be_visible()
    studio.take(page)


@scene("today-normal")
def a_day(studio: Studio) -> None:
    page = studio.page()
    expect(page.get_by_role("link", name=re.compile("Take attendance")).first).to_be_visible()
    studio.take(page, whole=True)


@scene("today-loading")
def a_day_on_its_way(studio: Studio) -> None:
    page = studio.page("/sign-in")
    studio.hold(page, "**/sessions/overview*")
    page.goto("/")
    expect(page.get_by_role("status", name="Loading today's sessions")).to_be_visible()
    studio.take(page)


@scene("today-error")
def a_day_that_does_not_come(studio: Studio) -> None:
    page = studio.page("/sign-in")
    page.route("**/sessions/overview*", refuse)
    page.goto("/")
    expect(page.get_by_role("button", name="Try again")).to_be_visible()
    studio.take(page)


@scene("today-offline")
def a_day_offline(studio: Studio) -> None:
    page = studio.page()
    expect(page.get_by_role("link", name=re.compile("Take attendance")).first).to_be_visible()
    go_offline(page)
    studio.take(page)


@scene("attendance-empty")
def no_photo_yet(studio: Studio) -> None:
    studio.take(studio.session(studio.lessons["empty"]), whole=True)


@scene("attendance-loading")
def a_register_on_its_way(studio: Studio) -> None:
    page = studio.page("/sign-in")
    studio.hold(page, "**/register")
    page.goto(studio.lessons["empty"])
    expect(page.get_by_role("status", name="Loading the register")).to_be_visible()
    studio.take(page)


@scene("attendance-error")
def a_register_that_does_not_come(studio: Studio) -> None:
    page = studio.page("/sign-in")
    page.route("**/register", refuse)
    page.goto(studio.lessons["empty"])
    expect(page.get_by_role("button", name="Try again")).to_be_visible()
    studio.take(page)


@scene("attendance-offline")
def a_photo_that_waits_here(studio: Studio) -> None:
    page = studio.session(studio.lessons["empty"])
    go_offline(page)
    choose_photo(page, studio.school.photo)
    expect(page.get_by_role("status", name=re.compile("waits on this device"))).to_be_visible()
    studio.take(page)


@scene("attendance-refused")
def a_photo_that_is_none(studio: Studio) -> None:
    page = studio.session(studio.lessons["empty"])
    letter = studio.school.photo.with_name("letter.jpg")
    letter.write_text("Dear teacher, this is no photo at all.")
    choose_photo(page, letter)
    expect(page.get_by_role("alert")).to_be_visible()
    studio.take(page)


@scene("attendance-camera")
def the_camera(studio: Studio) -> None:
    page = studio.session(studio.lessons["empty"], permissions=["camera"])
    page.get_by_role("button", name="Take a photo").click()
    expect(sheet(page).get_by_role("button", name="Take the photo")).to_be_visible()
    page.evaluate(FILMED)
    studio.take(page)


@scene("attendance-recognised")
def a_photo_recognised(studio: Studio) -> None:
    page = studio.session(studio.lessons["recognised"])
    expect_pictures(page)
    studio.take(page)


@scene("attendance-roster")
def the_roster_below_it(studio: Studio) -> None:
    page = studio.session(studio.lessons["recognised"])
    expect_pictures(page)
    studio.take(page, whole=True)


@scene("attendance-face")
def a_face_to_confirm(studio: Studio) -> None:
    page = studio.session(studio.lessons["recognised"])
    face(page, "Eileen Collins").click()
    expect(sheet(page).get_by_role("button", name="Yes, it is Eileen Collins")).to_be_visible()
    studio.take(page)


@scene("attendance-stranger")
def a_face_nobody_knows(studio: Studio) -> None:
    page = studio.session(studio.lessons["recognised"])
    face(page, "Unknown person").click()
    expect(sheet(page).get_by_label("Choose from the roster")).to_be_visible()
    studio.take(page)


@scene("attendance-student")
def a_student(studio: Studio) -> None:
    page = studio.session(studio.lessons["recognised"])
    student(page, "Barack Obama").get_by_role("button").first.click()
    expect(sheet(page).get_by_role("button", name="Excused")).to_be_visible()
    studio.take(page)


@scene("attendance-closing")
def closing(studio: Studio) -> None:
    page = studio.session(studio.lessons["recognised"])
    page.get_by_role("group", name="What to do next").get_by_role("button", name="Close").click()
    expect(sheet(page).get_by_role("button", name="Close it")).to_be_visible()
    studio.take(page)


@scene("closed-normal")
def a_closed_register(studio: Studio) -> None:
    page = studio.page(studio.lessons["closed"])
    expect(page.get_by_role("heading", name="Session closed")).to_be_visible()
    studio.take(page, whole=True)


@scene("closed-empty")
def a_closed_register_of_nobody(studio: Studio) -> None:
    page = studio.page(studio.lessons["closed, of nobody"])
    expect(page.get_by_role("heading", name="Session closed")).to_be_visible()
    studio.take(page)


@scene("closed-loading")
def a_closed_register_on_its_way(studio: Studio) -> None:
    page = studio.page("/sign-in")
    studio.hold(page, "**/register")
    page.goto(studio.lessons["closed"])
    expect(page.get_by_role("status", name="Loading the register")).to_be_visible()
    studio.take(page)


@scene("closed-error")
def a_register_that_stays_closed(studio: Studio) -> None:
    page = studio.page(studio.lessons["closed"])
    page.route("**/reopen", refuse)
    page.get_by_role("button", name="Reopen").click()
    expect(page.get_by_role("alert")).to_be_visible()
    studio.take(page)


@scene("closed-offline")
def a_closed_register_without_its_server(studio: Studio) -> None:
    page = studio.page(studio.lessons["closed"])
    expect(page.get_by_role("heading", name="Session closed")).to_be_visible()
    page.route("**/*", lambda route: route.abort())
    page.get_by_role("button", name="Reopen").click()
    expect(page.get_by_text("The school's server doesn't answer")).to_be_visible()
    studio.take(page)


# The last ones: they add sessions to the day.
@scene("attendance-uploading")
def a_photo_on_its_way(studio: Studio) -> None:
    page = studio.session(studio.school.open_session("Physics"))
    slow = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": SLOW_BYTES_A_SECOND}
    page.context.new_cdp_session(page).send("Network.emulateNetworkConditions", slow)
    choose_photo(page, studio.school.photo)
    expect(page.get_by_text(re.compile(r"Sending: [1-9]\d %"))).to_be_visible()
    studio.take(page)


@scene("attendance-waiting")
def recognition_away(studio: Studio) -> None:
    page = studio.session(studio.school.open_session("Physics"))
    with away(studio.school.stack, studio.school.stack.ml):
        choose_photo(page, studio.school.photo)
        expect(page.get_by_text("Face recognition can't be reached just now.")).to_be_visible()
        expect(photo_panel(page).get_by_alt_text("The class, as photographed")).to_be_visible()
        studio.take(page, whole=True)


def refuse(route: Route) -> None:
    """What the backend answers while it can't reach its database."""
    problem = UNAVAILABLE | {"type": "about:blank", "detail": UNAVAILABLE["title"], "request_id": "0192"}
    route.fulfill(status=503, json=problem, content_type="application/problem+json")


def go_offline(page: Page) -> None:
    page.context.set_offline(offline=True)
    expect(page.get_by_text("This device is offline.")).to_be_visible()


def try_to_sign_in(page: Page) -> None:
    page.get_by_label("E-mail address").fill(TEACHER.email)
    page.get_by_label("Password", exact=True).fill("not the password")
    page.get_by_role("button", name="Sign in").click()


def expect_pictures(page: Page) -> None:
    """The photo is drawn, and the small pictures of faces are cut out of it."""
    expect(photo_panel(page).get_by_alt_text("The class, as photographed")).to_be_visible()
    expect(page.locator("img[src^='data:']").nth(2)).to_be_visible()
