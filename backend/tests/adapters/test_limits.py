"""Failures counted over a window that ends now."""

import pytest

from attendance_backend.adapters import limits
from attendance_backend.adapters.limits import MovingWindow


class Seconds:
    """A clock of the test's own."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


async def test_room_runs_out_for_one_key_and_comes_back() -> None:
    seconds = Seconds()
    window = MovingWindow("3 per minute", seconds)
    last = [await window.count("an address") for _ in range(4)]
    full, others = await window.wait("an address"), await window.wait("another")
    seconds.now += 30
    later = await window.wait("an address")
    seconds.now += 31
    again = await window.wait("an address")

    assert last == [False, False, True, False]
    assert (full, others, later, again) == (60, 0, 30, 0)


async def test_what_is_over_is_forgotten_and_what_is_not_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "FORGOTTEN_AT", 2)
    seconds = Seconds()
    window = MovingWindow("2 per minute", seconds)
    for key in ("one", "two"):
        await window.count(key)
    seconds.now += 50
    await window.count("one")
    seconds.now += 20
    await window.count("three")
    await window.count("four")

    assert set(window._counted) == {"one", "three", "four"}
    assert await window.count("one"), "its failure of 20 seconds ago is counted still"
