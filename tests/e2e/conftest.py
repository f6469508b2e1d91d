"""Starts the whole product for a test, and stops what the test left running."""

import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from attendance_cli.testing import StartedUp, start_up


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def start(home: Path, tmp_path: Path) -> Iterator[Callable[..., StartedUp]]:
    """Start `up`, with options, on the test's data folder; may be called again once the first is gone."""
    started: list[StartedUp] = []

    def start_one(*options: str) -> StartedUp:
        started.append(start_up(home, tmp_path / f"log-{len(started)}", *options))
        return started[-1]

    yield start_one
    for up in started:
        if up.process.poll() is None:
            up.end(signal.SIGTERM)
