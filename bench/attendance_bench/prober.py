"""Asks `/health` over and over from a process of its own, and prints how long each answer took, when it is told to end.

Runs as `python -m attendance_bench.prober PORT`; it ends when its standard input does.
"""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from threading import Thread

from attendance_cli.network import LOOPBACK

_EVERY_SECONDS = 0.05


@contextmanager
def probing(port: int) -> Iterator[list[float]]:
    """The list is empty until the `with` block is over; then it holds the seconds of every answer."""
    command = [sys.executable, "-m", "attendance_bench.prober", str(port)]
    seconds: list[float] = []
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield seconds
        told, _ = process.communicate("")
        seconds.extend(json.loads(told))


def _probe(port: int, ended: Thread) -> list[float]:
    connection, seconds = HTTPConnection(LOOPBACK, port, timeout=60), []
    while ended.is_alive():
        started = time.perf_counter()
        connection.request("GET", "/health")
        connection.getresponse().read()
        seconds.append(time.perf_counter() - started)
        ended.join(_EVERY_SECONDS)
    return seconds


if __name__ == "__main__":
    waiting = Thread(target=sys.stdin.read)
    waiting.start()
    print(json.dumps(_probe(int(sys.argv[1]), waiting)))
