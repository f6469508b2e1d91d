"""When a mail that was not taken is tried again, and when it is given up."""

from datetime import timedelta

LEASE = timedelta(minutes=2)
"""For one try: longer than any server takes, so that nobody sends a mail that is being sent."""
MAX_ATTEMPTS = 10
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=2)
KEPT_FOR = timedelta(days=2)
"""Longer than all tries together."""


def wait_after(attempts: int) -> timedelta:
    """How long to wait after so many tries."""
    return min(LONGEST_WAIT, FIRST_WAIT * (1 << min(attempts, 10)))
