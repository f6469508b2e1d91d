"""Browsers, a class to photograph, and pages that are watched for what they may not do."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright, expect, sync_playwright
from product import ADMINISTRATOR, Stack

from attendance_cli.site import Site
from attendance_cli.supervision import run_alone

from .classroom import Classroom, enrolled_class
from .installed import CHROMIUM
from .launching import launch_chromium, launch_firefox, program
from .visiting import Visitor, watched

# A slow machine is no failure; whoever waits is waiting for something that comes.
expect.set_options(timeout=30_000)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip before anything is started for a browser that is not there."""
    if item.get_closest_marker("browser"):
        program(CHROMIUM)


@pytest.fixture(scope="module")
def classroom(stack: Stack) -> Classroom:
    site = Site(stack.home, stack.backend_url, stack.database_uri, run_alone)
    return enrolled_class(site, ADMINISTRATOR)


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="module")
def film(classroom: Classroom, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the fake camera films: the class, standing still."""
    path = tmp_path_factory.mktemp("film") / "class.mjpeg"
    path.write_bytes(classroom.photo.read_bytes() * 2)
    return path


@pytest.fixture(scope="module")
def chromium(playwright: Playwright, film: Path) -> Iterator[Browser]:
    """With a camera, which a page may use once its context was granted it."""
    browser = launch_chromium(playwright, film)
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def firefox(playwright: Playwright) -> Iterator[Browser]:
    """Debian's own, driven over WebDriver BiDi."""
    browser = launch_firefox(playwright)
    yield browser
    browser.close()


@pytest.fixture(scope="module", params=["chromium", "firefox"])
def browser(request: pytest.FixtureRequest) -> Browser:
    """Both, one after the other."""
    either: Browser = request.getfixturevalue(request.param)
    return either


@pytest.fixture
def visitor(stack: Stack) -> Iterator[Visitor]:
    with watched(stack.backend_url) as visitor:
        yield visitor
