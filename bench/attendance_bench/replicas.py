"""ML services as processes of their own, for measuring what an installation with several of them does."""

import os
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import psutil

from attendance_cli import programs
from attendance_cli.network import LOOPBACK, free_port
from attendance_cli.supervision import Program

KEY = "key-of-the-measurement"
START_SECONDS = 120
HEADERS = {"X-API-Key": KEY}


@dataclass(frozen=True, slots=True)
class Replica:
    """One running ML service."""

    port: int
    process: "subprocess.Popen[bytes]"

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    def resident_mb(self) -> float:
        return float(round(psutil.Process(self.process.pid).memory_info().rss / 2**20, 1))

    def kill(self) -> None:
        """SIGKILL, as a machine that loses power."""
        self.process.kill()
        self.process.wait()


@contextmanager
def running_replica(**settings: str) -> Iterator[Replica]:
    """A replica that is ready, as `up` starts it; ended with the block.

    Raises:
        RuntimeError: it ended while it started, or never was ready.
    """
    port = free_port()
    # What it logs is no figure: to where errors go.
    with running(programs.ml_service(port, KEY), {"LOG_LEVEL": "WARNING", **settings}, output=2) as process:
        yield Replica(port, process)


@contextmanager
def running(program: Program, settings: Mapping[str, str], *, output: int) -> Iterator["subprocess.Popen[bytes]"]:
    """A program that is ready, with more settings in its environment; `output` is where it writes to.

    Raises:
        RuntimeError: it ended while it started, or never was ready.
    """
    given = {**os.environ, **program.environment, **settings}
    process = subprocess.Popen(program.command, env=given, stdin=subprocess.DEVNULL, stdout=output)
    try:
        _wait_until_ready(program, process)
        yield process
    finally:
        process.terminate()
        process.wait(60)


def _wait_until_ready(program: Program, process: "subprocess.Popen[bytes]") -> None:
    end = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < end:
        if program.is_ready():
            return
        time.sleep(0.05)
    raise RuntimeError(f"{program.name} does not become ready")
