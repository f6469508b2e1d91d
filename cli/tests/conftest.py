"""What the command's tests share: seeing whether processes are gone."""

import time
from collections.abc import Callable, Iterable

import psutil
import pytest

DEADLINE_SECONDS = 30.0


def _runs(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.fixture
def survivors() -> Callable[[Iterable[int]], set[int]]:
    """Those of the processes that still run after they had time to end; an empty set as soon as all are gone."""

    def wait(pids: Iterable[int]) -> set[int]:
        left, deadline = set(pids), time.monotonic() + DEADLINE_SECONDS
        while left and time.monotonic() < deadline:
            left = {pid for pid in left if _runs(pid)}
            time.sleep(0.02)
        return left

    return wait
