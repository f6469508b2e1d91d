"""Browsers, a class to photograph, and pages that are watched for what they may not do."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright, expect, sync_playwright
from product import Stack

from .classroom import Classroom, enrolled_class
from .installed import CHROMIUM, FIREFOX
from .visiting import Visitor

# A slow machine is no failure; whoever waits is waiting for something that comes.
expect.set_options(timeout=30_000)

QUIET = [
    "--no-sandbox",  # the sandbox needs privileges that a container does not give
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip before anything is started for a browser that is not there."""
    if item.get_closest_marker("browser"):
        program(CHROMIUM)


@pytest.fixture(scope="module")
def classroom(stack: Stack) -> Classroom:
    return enrolled_class(stack)


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
    camera = ["--use-fake-device-for-media-stream", f"--use-file-for-fake-video-capture={film}"]
    browser = playwright.chromium.launch(executable_path=program(CHROMIUM), args=[*QUIET, *camera])
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def firefox(playwright: Playwright) -> Iterator[Browser]:
    """Debian's own, driven over WebDriver BiDi."""
    browser = playwright.firefox.launch(channel="moz-firefox", executable_path=program(FIREFOX))
    yield browser
    browser.close()


@pytest.fixture(scope="module", params=["chromium", "firefox"])
def browser(request: pytest.FixtureRequest) -> Browser:
    """Both, one after the other."""
    either: Browser = request.getfixturevalue(request.param)
    return either


@pytest.fixture
def visitor(stack: Stack) -> Iterator[Visitor]:
    """Opens pages. After every test: none asked anybody else, met the policy, or broke."""
    visitor = Visitor(stack.backend_url)
    yield visitor
    visitor.leave()
    assert (visitor.foreign, visitor.violations, visitor.broken) == ([], [], [])


def program(name: str) -> str:
    """Where a browser lies; whoever needs one that is not there is skipped."""
    return shutil.which(name) or pytest.skip(f"no {name} found (scripts/browsers installs it)")
