"""The ML service as a process of its own, with the real models, for the whole test run."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import httpx2
import pytest

KEY = "test-key-one"
START_SECONDS = 60


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def ml_url() -> Iterator[str]:
    with serving() as url:
        yield url


@pytest.fixture(scope="session")
def another_service() -> Callable[..., AbstractContextManager[str]]:
    """Starts a service of its own, with what it is given in its environment."""
    return serving


@contextmanager
def serving(**more: str) -> Iterator[str]:
    port = free_port()
    settings = {"PORT": str(port), "ML_API_KEYS": f"{KEY}, test-key-two", "LOG_LEVEL": "WARNING", **more}
    process = subprocess.Popen([sys.executable, "-m", "attendance_ml", "serve"], env={**os.environ, **settings})
    url = f"http://127.0.0.1:{port}"
    try:
        wait_until_ready(url, process)
        yield url
    finally:
        process.terminate()
        process.wait(30)


def wait_until_ready(url: str, process: "subprocess.Popen[bytes]") -> None:
    for _ in range(START_SECONDS * 20):
        assert process.poll() is None, "the ML service ended while starting"
        try:
            if httpx2.get(f"{url}/health/ready", timeout=5).status_code == 200:
                return
        except httpx2.TransportError:
            pass
        time.sleep(0.05)
    pytest.fail("the ML service did not become ready")


@pytest.fixture(scope="session")
def client(ml_url: str) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=ml_url, headers={"X-API-Key": KEY}, timeout=60) as http:
        yield http


@pytest.fixture(scope="session")
def anonymous(ml_url: str) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=ml_url, timeout=60) as http:
        yield http
