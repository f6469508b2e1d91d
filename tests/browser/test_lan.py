"""`up --lan` in browsers: refused until they trust the printed authority, and then a secure page with a camera."""

import signal
import subprocess
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from ssl import PEM_cert_to_DER_cert

import pytest
from playwright.sync_api import Browser, Error, Page, Playwright, expect

from attendance_cli.accounts import demo_accounts
from attendance_cli.site import find_site
from attendance_cli.testing import StartedUp, start_up

from .axe import Judge
from .classroom import TEACHER, Classroom, enrolled_class
from .gestures import choose_photo, expect_faces, sheet, sign_in, start_session
from .installed import CERTUTIL, FIREFOX
from .launching import launch_chromium, launch_firefox, program
from .visiting import PHONE, Visitor, watched

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartedUp]:
    folder = tmp_path_factory.mktemp("lan")
    started = start_up(folder / "home", folder / "log", "--lan", "--host", "127.0.0.1", "--door-port", "0")
    yield started
    started.end(signal.SIGTERM)


@pytest.fixture(scope="module")
def authority(up: StartedUp) -> Path:
    """The certificate that a person is asked to trust."""
    assert up.record.ca
    return Path(up.record.ca)


@pytest.fixture(scope="module")
def classroom(up: StartedUp) -> Classroom:
    site = find_site(up.home)
    assert site
    return enrolled_class(site, demo_accounts(up.home).administrator)


@pytest.fixture(scope="module")
def trusting_chromium(
    playwright: Playwright, film: Path, authority: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Browser]:
    home = tmp_path_factory.mktemp("trusting")
    store = home / ".pki" / "nssdb"
    store.mkdir(parents=True)
    subprocess.run([program(CERTUTIL), "-N", "-d", f"sql:{store}", "--empty-password"], check=True)
    trust = ["-A", "-d", f"sql:{store}", "-t", "C,,", "-n", "school", "-i", authority]
    subprocess.run([program(CERTUTIL), *trust], check=True)
    browser = launch_chromium(playwright, film, home)
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def trusting_firefox(
    playwright: Playwright, authority: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Browser]:
    """Its profile is made anew for each start, so the trust is put there between the making and the start."""
    starter = tmp_path_factory.mktemp("trusting") / "firefox"
    starter.write_text(f"""#!/bin/sh -e
profile=$(printf '%s\\n' "$@" | sed -n '/^--profile$/{{n;p}}')
{program(CERTUTIL)} -N -d "sql:$profile" --empty-password
{program(CERTUTIL)} -A -d "sql:$profile" -t C,, -n school -i '{authority}'
exec {program(FIREFOX)} "$@"
""")
    starter.chmod(0o700)
    browser = launch_firefox(playwright, starter)
    yield browser
    browser.close()


@pytest.fixture
def visitor(up: StartedUp) -> Iterator[Visitor]:
    with watched(up.record.address) as visitor:
        yield visitor


@pytest.mark.parametrize(
    ("name", "refusal"), [("chromium", "ERR_CERT_AUTHORITY_INVALID"), ("firefox", "SEC_ERROR_UNKNOWN_ISSUER")]
)
def test_who_does_not_trust_the_authority_is_warned(
    request: pytest.FixtureRequest, up: StartedUp, name: str, refusal: str
) -> None:
    stranger: Browser = request.getfixturevalue(name)
    page = stranger.new_page()
    with pytest.raises(Error, match=refusal):
        page.goto(up.record.address)
    page.context.close()


@pytest.mark.parametrize("name", ["trusting_chromium", "trusting_firefox"])
def test_who_trusts_it_signs_in_on_a_secure_page(
    request: pytest.FixtureRequest, visitor: Visitor, classroom: Classroom, name: str
) -> None:
    page = visitor.open(request.getfixturevalue(name))
    sign_in(page, TEACHER)
    start_session(page)
    choose_photo(page, classroom.photo)
    expect_faces(page, classroom.summary)

    assert page.evaluate("isSecureContext") is True
    cookies = page.context.cookies()
    assert sorted(cookie["name"] for cookie in cookies) == ["__Host-attendance", "__Host-attendance-device"]
    for cookie in cookies:
        assert (cookie["secure"], cookie["httpOnly"], cookie["sameSite"], cookie["path"]) == (True, True, "Strict", "/")


def test_on_a_secure_page_the_camera_works(trusting_chromium: Browser, visitor: Visitor, classroom: Classroom) -> None:
    page = visitor.open(trusting_chromium, permissions=["camera"])
    sign_in(page, TEACHER)
    start_session(page)
    page.get_by_role("button", name="Take a photo").click()
    sheet(page).get_by_role("button", name="Take the photo").click()
    sheet(page).get_by_role("button", name="Done (1)").click()

    expect_faces(page, classroom.summary)


def test_the_doorway_shows_whom_to_trust_and_leads_to_the_app(
    trusting_chromium: Browser, up: StartedUp, authority: Path
) -> None:
    page = doorway(trusting_chromium, up)
    fingerprint = sha256(PEM_cert_to_DER_cert(authority.read_text())).hexdigest().upper()
    assert fingerprint in "".join(filter(str.isalnum, page.get_by_role("main").inner_text()))

    judge = Judge()
    judge.look(page, "doorway")
    assert not judge.grave, "\n".join(judge.grave)

    page.get_by_role("link", name="Open Smart Attendance").click()
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    assert page.url.startswith(f"{up.record.address}/")
    page.context.close()


def doorway(browser: Browser, up: StartedUp) -> Page:
    """The page that the printed QR code opens."""
    page = browser.new_context(viewport=PHONE).new_page()
    page.goto(next(word for word in up.said().split() if word.startswith("http://127.0.0.1:")))
    return page
