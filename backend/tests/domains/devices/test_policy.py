"""Keys through any history of rotations: the newest is good, those before it for the overlap; none comes back."""

from datetime import datetime, timedelta

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from attendance_backend.domains.devices.policy import OVERLAP, digest, is_good, is_stale, rotated
from attendance_backend.domains.devices.schemas import DeviceKey
from attendance_backend.ports.testing import START


class Rotations(RuleBasedStateMachine):
    """Keys as the program keeps them, beside a plain account of when each key's successor was made."""

    def __init__(self) -> None:
        super().__init__()
        self.now = START
        self.keys: list[DeviceKey] = []
        self.ends: dict[int, datetime] = {}
        self.made = 0
        self.rotate()

    @rule()
    def rotate(self) -> None:
        self.made += 1
        new = DeviceKey(id=str(self.made), digest=digest(f"key {self.made}"), made_at=self.now)
        self.keys = rotated(self.keys, new, self.now)
        self.ends[self.made - 1] = self.now + OVERLAP

    @rule(hours=st.integers(0, 60))
    def wait(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @invariant()
    def good_keys_are_those_without_a_successor_for_longer_than_the_overlap(self) -> None:
        good = {key.id for key in self.keys if is_good(key, self.now)}
        ending = {str(number) for number in range(1, self.made) if self.ends[number] > self.now}
        assert good == ending | {str(self.made)}

    @invariant()
    def only_the_newest_is_without_an_end(self) -> None:
        assert [key.id for key in self.keys if key.ends_at is None] == [str(self.made)]


TestRotations = Rotations.TestCase


def test_a_use_is_kept_once_a_minute() -> None:
    assert is_stale(None, START)
    assert not is_stale(START, START + timedelta(seconds=59))
    assert is_stale(START, START + timedelta(seconds=60))
