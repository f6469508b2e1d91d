"""How long the next attempt has to wait after so many failures.

A known device has a budget of its own, which no attack from elsewhere uses up, and never waits more than a minute.
"""

from dataclasses import dataclass
from datetime import timedelta

FORGOTTEN_AFTER = timedelta(days=1)
"""Without another failure."""
KNOWN_FOR = timedelta(days=180)


@dataclass(frozen=True)
class Patience:
    """`free` failures cost nothing; then each doubles the wait, from `first` up to `longest`."""

    free: int
    longest: timedelta
    first: timedelta = timedelta(seconds=2)

    def wait(self, failures: int) -> timedelta:
        """How long the attempt after this many failures has to wait."""
        beyond = failures - self.free
        if beyond < 0:
            return timedelta(0)
        doublings = min(beyond, 20)  # beyond any longest wait, and before a duration overflows
        return min(self.longest, self.first * (1 << doublings))


UNKNOWN_DEVICE = Patience(free=5, longest=timedelta(minutes=15))
"""100 guesses a day on an account, by all who attack it together."""
KNOWN_DEVICE = Patience(free=10, longest=timedelta(minutes=1))
ADDRESS_RULE = "300 per 10 minutes"
"""Failures from one address. A school of a thousand, all behind one, mistypes some dozens of times in a morning."""


def is_told(failures: int) -> bool:
    """Whether a failure is noted: the 1st, 2nd, 4th, 8th and so on, so that no attack fills the audit log."""
    return failures & (failures - 1) == 0
