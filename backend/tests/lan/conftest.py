"""The commands of the school's network as they are typed, each in a process of its own."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx2
import pytest
from backend.tests.conftest import free_port

from attendance_backend.lan.certificates import TlsFiles, ensure_certificates

APP = "https://192.168.178.25:8000"
START_SECONDS = 60.0


def command(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `python -m attendance_backend.lan` to its end."""
    return subprocess.run(
        [sys.executable, "-m", "attendance_backend.lan", *arguments],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=START_SECONDS,
    )


@dataclass(frozen=True)
class Doorway:
    port: int
    files: TlsFiles
    http: httpx2.Client


@pytest.fixture(scope="module")
def doorway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Doorway]:
    """The program, leading to `APP`."""
    folder, port = tmp_path_factory.mktemp("doorway"), free_port()
    files = TlsFiles.below(folder)
    ensure_certificates(files, ["192.168.178.25"], "lab-pc", datetime.now(UTC))
    settings = {"PORT": str(port), "HTTPS_ADDRESS": APP, "CA_CERTIFICATE": str(files.ca)}
    with (
        _process(settings, folder / "log") as process,
        httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as http,
    ):
        _wait_until_ready(process, http)
        yield Doorway(port, files, http)
        process.terminate()


def _process(settings: dict[str, str], log: Path) -> subprocess.Popen[bytes]:
    arguments = [sys.executable, "-m", "attendance_backend.lan", "doorway"]
    with log.open("wb") as output:
        return subprocess.Popen(arguments, env=os.environ | settings, stdout=output, stderr=output)


def _wait_until_ready(process: subprocess.Popen[bytes], http: httpx2.Client) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, "the doorway ended"
        try:
            if http.get("/health/ready").is_success:
                return
        except httpx2.TransportError:
            time.sleep(0.05)
    raise TimeoutError("the doorway was not ready in time")
