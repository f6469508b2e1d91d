"""A process that outlives `up` by seconds: when `up` is gone, however it went, it ends what `up` had started.

It leads the process group that all programs are started into, so none can be started without it knowing. It reads
its standard input, a pipe nobody else writes to: its end means that `up` is gone. It runs with nothing but the
standard library, as a script: watchdog.py LOCK GRACE_SECONDS.
"""

import fcntl
import os
import signal
import sys
import time


def main(lock: str, grace: float) -> None:
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    while os.read(sys.stdin.fileno(), 1):
        pass
    os.killpg(0, signal.SIGTERM)
    deadline = time.monotonic() + grace
    while not _all_gone(lock) and time.monotonic() < deadline:
        time.sleep(0.05)
    os.killpg(0, signal.SIGKILL)


def _all_gone(lock: str) -> bool:
    """Every program holds the data folder's lock by inheritance, so a free lock means that none is left."""
    with open(lock, "a") as file:  # noqa: PTH123  one import less to wait for
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]))
