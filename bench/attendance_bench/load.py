"""Load in a closed loop: so many clients, each of which sends its next photo when it has the answer to the last one.

A client that is refused waits as long as it was told by Retry-After, and then sends the photo again.
"""

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from http import HTTPStatus
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

from rich.console import Console
from rich.table import Table

from attendance_bench.bare import Bare
from attendance_bench.machine import ROOT, commit, facts
from attendance_bench.people import SIZES, timed_class
from attendance_bench.prober import probing
from attendance_bench.servers import Server, ml_server, old_server

LEVELS, OLD_LEVELS = (1, 4, 16, 64), (1, 4)
OURS, OLD = "ML service", "old engine"
CLASS, PORTRAIT = "class photo", "portrait"
RESULT = ROOT / "var" / "load.json"


@dataclass(frozen=True, slots=True)
class Level:
    """What one server did under so many clients. Times in milliseconds, memory in megabytes."""

    server: str
    photo: str
    clients: int
    per_second: float
    answered: int
    p50: float
    p95: float
    p99: float
    rejected: int
    failed: int
    health_p99: float
    memory_before: float
    memory_after: float


@dataclass(slots=True)
class _Tally:
    seconds: list[float] = field(default_factory=list)
    rejected: int = 0
    failed: int = 0


def measure_load(*, seconds: float) -> None:
    """Prints a table of all levels and the ratios to the old engine, and keeps them in `var/load.json`."""
    bare = Bare()
    people = timed_class(bare.engine)
    photos = {CLASS: people.class_photo(next(iter(SIZES.values()))), PORTRAIT: people.portrait()}
    enrolled = {name: [bare.encode(photo) for photo in own] for name, own in people.enrolled().items()}
    with ml_server(enrolled) as ours, old_server() as old:
        levels = list(_levels({OURS: ours, OLD: old}, photos, seconds))
    machine = facts()
    result = {"commit": commit(), "machine": machine, "seconds": seconds, "levels": [asdict(level) for level in levels]}
    _write(RESULT, result)
    _print(levels, machine)


def _levels(servers: dict[str, Server], photos: dict[str, bytes], seconds: float) -> Iterator[Level]:
    for name, photo in photos.items():
        for clients in LEVELS:
            for label, server in servers.items():
                if label == OURS or clients in OLD_LEVELS:
                    yield run_level(server, (label, name), photo, clients=clients, seconds=seconds)


def run_level(server: Server, named: tuple[str, str], photo: bytes, *, clients: int, seconds: float) -> Level:
    """Load one server for `seconds`; `named` is what it is, and what the photo is. Calls under way are waited for."""
    path = server.portrait_path if named[1] == PORTRAIT else server.class_path
    server.post(server.connect(), path, photo)  # whatever is made at the first call is made now
    before = server.resident_mb()
    tallies = [_Tally() for _ in range(clients)]
    start = Barrier(clients + 1)
    threads = [Thread(target=_client, args=(server, path, photo, seconds, start, tally)) for tally in tallies]
    for thread in threads:
        thread.start()
    with probing(server.port) as health:
        start.wait()
        began = time.perf_counter()
        for thread in threads:
            thread.join()
        spent = time.perf_counter() - began
    times = [one for tally in tallies for one in tally.seconds]
    return Level(
        server=named[0],
        photo=named[1],
        clients=clients,
        per_second=len(times) / spent,
        answered=len(times),
        p50=percentile(times, 0.50) * 1e3,
        p95=percentile(times, 0.95) * 1e3,
        p99=percentile(times, 0.99) * 1e3,
        rejected=sum(tally.rejected for tally in tallies),
        failed=sum(tally.failed for tally in tallies),
        health_p99=percentile(health, 0.99) * 1e3,
        memory_before=before,
        memory_after=server.resident_mb(),
    )


def _client(server: Server, path: str, photo: bytes, seconds: float, start: Barrier, tally: _Tally) -> None:
    connection = server.connect()
    start.wait()
    end = time.perf_counter() + seconds
    while (began := time.perf_counter()) < end:
        answer = server.post(connection, path, photo)
        if answer.status == HTTPStatus.OK:
            tally.seconds.append(time.perf_counter() - began)
        elif answer.status == HTTPStatus.SERVICE_UNAVAILABLE:
            tally.rejected += 1
            time.sleep(min(answer.retry_after, max(end - time.perf_counter(), 0)))
        else:
            tally.failed += 1


def percentile(values: Sequence[float], share: float) -> float:
    """The least value that at least `share` of all do not exceed; not a number where there is none."""
    ordered = sorted(values)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)] if ordered else float("nan")


def ratios(levels: Sequence[Level]) -> str:
    """How many times the old engine's throughput ours is, at the same level."""
    old = {(level.photo, level.clients): level.per_second for level in levels if level.server == OLD}
    told = [
        f"{level.photo} with {level.clients} clients {level.per_second / old[level.photo, level.clients]:.0f}x"
        for level in levels
        if level.server == OURS and (level.photo, level.clients) in old
    ]
    return f"throughput against the old engine: {', '.join(told)}"


def _print(levels: Sequence[Level], machine: dict[str, Any]) -> None:
    console = Console(width=140)
    head = ("photo", "server", "clients", "photos/s", "answered", "p50 ms", "p95", "p99", "rejected", "failed")
    table = Table(*head, "health p99 ms", "MB before", "after", title="Load")
    for level in levels:
        measured = (level.p50, level.p95, level.p99)
        memory = (level.health_p99, level.memory_before, level.memory_after)
        table.add_row(
            *(level.photo, level.server, str(level.clients), f"{level.per_second:.2f}", str(level.answered)),
            *(f"{value:.0f}" for value in measured),
            *(str(level.rejected), str(level.failed)),
            *(f"{value:.0f}" for value in memory),
        )
    console.print(table)
    console.print(ratios(levels), soft_wrap=True, highlight=False)
    console.print(", ".join(f"{name} {value}" for name, value in machine.items()), soft_wrap=True, highlight=False)


def _write(path: Path, result: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(result, indent=2), encoding="utf-8")
