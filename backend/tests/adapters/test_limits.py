"""Failures counted over a window that ends now."""

import time_machine

from attendance_backend.adapters.limits import MovingWindow


async def test_room_runs_out_for_one_key_and_comes_back() -> None:
    with time_machine.travel("2026-11-20T08:00:00Z", tick=False) as clock:
        window = MovingWindow("3 per minute")
        last = [await window.count("an address") for _ in range(4)]
        full, others = await window.wait("an address"), await window.wait("another")
        clock.shift(30)
        later = await window.wait("an address")
        clock.shift(31)
        again = await window.wait("an address")

    assert last == [False, False, True, False]
    assert (full, others, later, again) == (60, 0, 30, 0)
