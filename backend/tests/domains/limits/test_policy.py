"""How long the next attempt waits."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from attendance_backend.domains.limits.policy import KNOWN_DEVICE, UNKNOWN_DEVICE, is_told


def test_five_mistakes_cost_nothing_and_then_each_doubles_the_wait() -> None:
    waits = [UNKNOWN_DEVICE.wait(failures).total_seconds() for failures in (1, 4, 5, 6, 7, 13, 14, 1000)]

    assert waits == [0, 0, 2, 4, 8, 512, 900, 900]


@given(failures=st.integers(1, 10**9))
def test_a_wait_never_shrinks_and_a_known_device_never_waits_longer_than_a_minute(failures: int) -> None:
    for patience in (KNOWN_DEVICE, UNKNOWN_DEVICE):
        assert patience.wait(failures) <= patience.wait(failures + 1) <= patience.longest
    assert KNOWN_DEVICE.wait(failures) <= timedelta(minutes=1)


def test_a_million_failures_are_twenty_entries() -> None:
    assert sum(map(is_told, range(1, 1_000_000))) == 20
