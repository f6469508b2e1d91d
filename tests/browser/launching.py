"""Starts the browsers that Debian has. Playwright brings none, and none is fetched."""

import os
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright

from .installed import CHROMIUM, FIREFOX

QUIET = [
    "--no-sandbox",  # the sandbox needs privileges that a container does not give
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


def program(name: str) -> str:
    """Where it lies; whoever needs one that is not there is skipped."""
    return shutil.which(name) or pytest.skip(f"no {name} found (scripts/browsers installs it)")


def launch_chromium(playwright: Playwright, film: Path, home: Path | None = None) -> Browser:
    """With a camera that films `film`, for pages whose context was granted it. Whom it trusts lies in its `home`."""
    camera = ["--use-fake-device-for-media-stream", f"--use-file-for-fake-video-capture={film}"]
    environment = {**os.environ, "HOME": str(home)} if home else None
    return playwright.chromium.launch(executable_path=program(CHROMIUM), args=[*QUIET, *camera], env=environment)


def launch_firefox(playwright: Playwright, executable: Path | None = None) -> Browser:
    """Driven over WebDriver BiDi."""
    return playwright.firefox.launch(channel="moz-firefox", executable_path=executable or program(FIREFOX))
