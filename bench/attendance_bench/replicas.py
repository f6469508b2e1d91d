"""ML services as processes of their own, for measuring what an installation with several of them does."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx2

from attendance_cli.network import LOOPBACK, free_port

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

    def kill(self) -> None:
        """SIGKILL, as a machine that loses power."""
        self.process.kill()
        self.process.wait()


@contextmanager
def running_replica(**settings: str) -> Iterator[Replica]:
    """A replica that is ready; ended with the block."""
    port = free_port()
    given = {"PORT": str(port), "ML_API_KEYS": KEY, "LOG_LEVEL": "WARNING", **settings}
    # What it logs is no figure: to where errors go.
    process = subprocess.Popen([sys.executable, "-m", "attendance_ml", "serve"], env={**os.environ, **given}, stdout=2)
    try:
        replica = Replica(port, process)
        _wait_until_ready(replica)
        yield replica
    finally:
        process.terminate()
        process.wait(60)


def _wait_until_ready(replica: Replica) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        if replica.process.poll() is not None:
            raise RuntimeError("the ML service ended while starting")
        try:
            if httpx2.get(f"{replica.url}/health/ready", timeout=5).is_success:
                return
        except httpx2.TransportError:
            pass
        time.sleep(0.05)
    raise RuntimeError(f"the ML service was not ready after {START_SECONDS} s")
