"""One server on its own, spoken to over HTTP on this machine: the ML service, or the old engine behind a like skin."""

import json
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path

import numpy as np
import psutil
from numpy.typing import NDArray

from attendance_bench.machine import ROOT
from attendance_bench.replicas import KEY, running
from attendance_bench.services import GALLERY_ID, MlClient
from attendance_cli import programs
from attendance_cli.network import LOOPBACK, free_port
from attendance_cli.supervision import Program

_OLD_PYTHON = ROOT / ".venvs" / "bench" / "bin" / "python"
_OLD_VECTORS = 90
"""Thirty students with three vectors each."""

_MEGABYTE = 1e6
Enrolled = Mapping[str, Sequence[NDArray[np.float32]]]


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, and the seconds after which to come back where it says so."""

    status: int
    retry_after: float


@dataclass(frozen=True, slots=True)
class Server:
    """`paths` of the call for a class photo and for a portrait."""

    port: int
    pid: int
    key: str
    class_path: str
    portrait_path: str

    def connect(self) -> HTTPConnection:
        return HTTPConnection(LOOPBACK, self.port, timeout=300)

    def post(self, connection: HTTPConnection, path: str, photo: bytes) -> Answer:
        connection.request("POST", path, photo, {"X-API-Key": self.key, "Content-Type": "image/jpeg"})
        response = connection.getresponse()
        response.read()
        return Answer(response.status, float(response.headers.get("Retry-After") or 0))

    def resident_mb(self) -> float:
        return float(psutil.Process(self.pid).memory_info().rss / _MEGABYTE)


@contextmanager
def ml_server(enrolled: Enrolled | None = None) -> Iterator[Server]:
    """The ML service with its default settings, holding the gallery of those enrolled."""
    port = free_port()
    # It logs every call, as where it is installed.
    with running(programs.ml_service(port, KEY), {}, output=subprocess.DEVNULL) as process:
        if enrolled:
            MlClient(port, KEY).put_gallery(enrolled)
        yield Server(port, process.pid, KEY, f"/api/ml/recognize?gallery_id={GALLERY_ID}", "/api/ml/encode-face")


@contextmanager
def old_server() -> Iterator[Server]:
    """The old engine behind FastAPI and uvicorn, in its own environment."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="smart-attendance-") as folder:
        # What is in the vectors makes no difference to the time of comparing with them.
        stored = Path(folder) / "vectors.json"
        stored.write_text(json.dumps(np.random.default_rng(0).normal(size=(_OLD_VECTORS, 128)).tolist()))
        command = [str(_OLD_PYTHON), "-W", "ignore", "-m", "attendance_bench.old_server", str(port), str(stored)]
        found = {"PYTHONPATH": str(ROOT / "bench")}  # of ours, its environment has nothing
        old = Program("old-engine", command, found, _answers(port))
        with running(old, {}, output=subprocess.DEVNULL) as process:
            yield Server(port, process.pid, "", "/recognize", "/encode-face")


def _answers(port: int) -> Callable[[], bool]:
    def ask() -> bool:
        try:
            connection = HTTPConnection(LOOPBACK, port, timeout=5)
            connection.request("GET", "/health")
            return connection.getresponse().status == HTTPStatus.OK
        except OSError:
            return False

    return ask
