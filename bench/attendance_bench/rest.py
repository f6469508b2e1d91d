"""How long the services take to be ready, and how much memory they hold at rest and at work."""

import json
import secrets
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import median
from threading import Thread

import psutil
from rich.console import Console

from attendance_bench.bare import Bare
from attendance_bench.machine import facts
from attendance_bench.measure import processes_clock
from attendance_bench.people import SIZES, timed_class
from attendance_bench.services import MlClient
from attendance_cli import programs
from attendance_cli.network import LOOPBACK, free_port
from attendance_cli.running import LOCK_NAME, owning
from attendance_cli.supervision import Program, Supervisor

CALLERS = 2
"""Photos worked on at once: as many as the service takes by default on two cores."""

_MEGABYTE = 1e6


@dataclass(frozen=True, slots=True)
class Rest:
    """Medians over several starts: seconds from the process to ready by the clock and of processor time, and resident
    megabytes, of a service with its children.
    """

    ready_s: float
    ready_cpu_s: float
    rest_mb: float
    work_mb: float | None = None
    """The most that was held while photos were worked on; None where none were."""


def measure_rest(*, starts: int, photos: int) -> None:
    """Prints what `measure_services` finds for the class photo of 12 megapixels, as JSON with the machine's facts."""
    photo = timed_class(Bare().engine).class_photo(list(SIZES.values())[-1])
    services = {name: asdict(rest) for name, rest in measure_services(photo, starts=starts, photos=photos).items()}
    print(json.dumps({"services": services, "machine": facts()}, indent=2))


def measure_services(photo: bytes, *, starts: int, photos: int) -> dict[str, Rest]:
    """Start database, ML service and backend `starts` times; send the ML service `photos` class photos each time."""
    runs = [_one_start(photo, photos) for _ in range(starts)]
    return {name: _median([run[name] for run in runs]) for name in runs[0]}


def _one_start(photo: bytes, photos: int) -> dict[str, Rest]:
    with tempfile.TemporaryDirectory(prefix="smart-attendance-") as folder, _supervised(Path(folder)) as supervisor:
        home, key, ports = Path(folder), secrets.token_urlsafe(32), [free_port() for _ in range(3)]
        uri = f"mongodb://{LOOPBACK}:{ports[0]}/?directConnection=true"
        database, ml = programs.database(home / "database", ports[0]), programs.ml_service(ports[1], key)
        backend = programs.backend(home, LOOPBACK, ports[2], database_uri=uri, ml_port=ports[1], key=key)
        rested = {program.name: _start(supervisor, program) for program in (database, ml, backend)}
        client = MlClient(ports[1], key)
        most = _most_resident(supervisor.pids[ml.name], lambda: _work(client, photo, photos))
        return rested | {ml.name: replace(rested[ml.name], work_mb=most)}


@contextmanager
def _supervised(home: Path) -> Iterator[Supervisor]:
    with owning(home) as lock, Supervisor(home / LOCK_NAME, lock, Console(quiet=True)) as supervisor:
        yield supervisor


def _start(supervisor: Supervisor, program: Program) -> Rest:
    begun = time.perf_counter()
    supervisor.start(program)
    supervisor.wait_until_ready(program)
    seconds, pid = time.perf_counter() - begun, supervisor.pids[program.name]
    return Rest(seconds, processes_clock([pid])(), _resident(pid))


def _work(client: MlClient, photo: bytes, photos: int) -> None:
    def call() -> None:
        for _ in range(photos // CALLERS):
            client.call("POST", "detect-faces?embedding_format=base64", photo)

    threads = [Thread(target=call) for _ in range(CALLERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _most_resident(pid: int, work: Callable[[], None]) -> float:
    """The most megabytes that were resident during `work`, looked at a hundred times a second."""
    worker, most = Thread(target=work), 0.0
    worker.start()
    while worker.is_alive():
        most = max(most, _resident(pid))
        worker.join(0.01)
    return most


def _resident(pid: int) -> float:
    """Megabytes of a process and of its children, should it have any."""
    process = psutil.Process(pid)
    return sum(each.memory_info().rss for each in (process, *process.children(recursive=True))) / _MEGABYTE


def _median(runs: list[Rest]) -> Rest:
    worked = [run.work_mb for run in runs if run.work_mb is not None]
    return Rest(
        median(run.ready_s for run in runs),
        median(run.ready_cpu_s for run in runs),
        median(run.rest_mb for run in runs),
        median(worked) if worked else None,
    )
