"""A site of which each program can be killed: backend, worker, ML service, database. It knows nothing of attendance."""

import asyncio
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http import HTTPStatus
from pathlib import Path

import httpx2
from backend.tests.simulator import KEY
from product import Stack, started_stack

from attendance_cli.folders import interpreter
from attendance_cli.network import LOOPBACK, free_port
from attendance_cli.supervision import Program

PLAYED_SECONDS = 0.2
"""Each answer of the played ML service: long enough to die in the middle of."""
REPOSITORY = Path(__file__).parents[2]
MlService = Callable[[int, str], Program]


@dataclass(frozen=True)
class Site:
    stack: Stack
    victims: Mapping[str, Program]

    async def kill(self, victim: str) -> None:
        """SIGKILL."""
        await asyncio.to_thread(self.stack.kill, self.victims[victim])

    async def start(self, victim: str) -> None:
        """Start what was killed, and return once it is ready."""
        await asyncio.to_thread(self.stack.restart, self.victims[victim])


@contextmanager
def running_site(home: Path, ml_service: MlService) -> Iterator[Site]:
    """A site with a worker of its own beside the backend, which works in the background as well."""
    with started_stack(home, ml_service, KEY) as stack:
        worker = _worker(stack.backend)
        stack.supervisor.start(worker)
        stack.supervisor.wait_until_ready(worker)
        yield Site(stack, {"backend": stack.backend, "worker": worker, "ML": stack.ml, "database": stack.database})


def played_ml_service(port: int, _key: str) -> Program:
    """The ML service's simulator in a process of its own."""
    command = [sys.executable, "-m", "backend.tests.simulator", str(port), str(PLAYED_SECONDS)]
    environment = {"PYTHONPATH": str(REPOSITORY)}
    return Program("ml", command, environment, lambda: _is_ready(port))


def _worker(backend: Program) -> Program:
    port = free_port()
    command = [str(interpreter("backend")), "-m", "attendance_backend", "work"]
    environment = {**backend.environment, "PORT": str(port)}
    return replace(backend, name="worker", command=command, environment=environment, is_ready=lambda: _is_ready(port))


def _is_ready(port: int) -> bool:
    try:
        return httpx2.get(f"http://{LOOPBACK}:{port}/health/ready", timeout=5).status_code == HTTPStatus.OK
    except httpx2.TransportError:
        return False
