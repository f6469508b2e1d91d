"""The product as it is served, for a school: database, ML service where it is wanted, and one backend or several."""

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from attendance_bench.replicas import KEY, running
from attendance_bench.school.founding import OFFICE
from attendance_cli import programs
from attendance_cli.network import LOOPBACK, free_port
from attendance_cli.site import create_administrator
from attendance_cli.supervision import Program, run_alone


@dataclass(frozen=True)
class Served:
    """Where it answers, and the processes by what they are. Backends are told apart by number."""

    home: Path
    database_uri: str
    ports: tuple[int, ...]
    processes: dict[str, "subprocess.Popen[bytes]"]

    @property
    def url(self) -> str:
        """Of the first backend."""
        return f"http://{LOOPBACK}:{self.ports[0]}"

    @property
    def last_url(self) -> str:
        """Of the last backend."""
        return f"http://{LOOPBACK}:{self.ports[-1]}"

    @contextlib.contextmanager
    def balanced(self) -> Iterator[str]:
        """An address before all backends; that of the backend itself where there is one."""
        if len(self.ports) == 1:
            yield self.url
            return
        command = [sys.executable, "-m", "attendance_bench.balancer", *map(str, self.ports)]
        balancer = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        try:
            yield (balancer.stdout.readline() if balancer.stdout else "").strip()
        finally:
            balancer.kill()
            balancer.wait()

    @property
    def pids(self) -> dict[str, int]:
        """Of the processes that run."""
        return {name: process.pid for name, process in self.processes.items() if process.poll() is None}


@contextlib.contextmanager
def serving(home: Path, *, backends: int = 1, with_ml: bool = False) -> Iterator[Served]:
    """Everything on a data folder, with the office's account made; what each says goes to a file beside the data."""
    home.mkdir(parents=True, exist_ok=True)
    ports = [free_port() for _ in range(2 + backends)]
    uri = f"mongodb://{LOOPBACK}:{ports[0]}/?directConnection=true"
    with ExitStack() as stack:
        served = Served(home, uri, tuple(ports[2:]), {})

        def start(program: Program) -> None:
            log = stack.enter_context((home / f"{program.name}.log").open("ab"))
            served.processes[program.name] = stack.enter_context(running(program, {}, output=log.fileno()))

        start(programs.database(home / "database", ports[0]))
        create_administrator(run_alone, home, uri, OFFICE)
        if with_ml:
            start(programs.ml_service(ports[1], KEY))
        for number, port in enumerate(served.ports):
            one = programs.backend(home, LOOPBACK, port, database_uri=uri, ml_port=ports[1], key=KEY)
            start(replace(one, name=f"backend-{number}"))
        yield served
