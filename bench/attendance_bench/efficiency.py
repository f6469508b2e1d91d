"""What the ML service makes of the machine: its class photos a second against those of its two networks alone.

The networks are given the very same inputs in this process, and nothing else is done. Both take turns, so that whatever
else the machine does meets both alike.
"""

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from statistics import median
from threading import local

from attendance_bench.bare import Bare, replay
from attendance_bench.machine import ROOT, facts
from attendance_bench.measure import processes_clock, throughput
from attendance_bench.people import SIZES, timed_class
from attendance_bench.servers import Server, ml_server

CALLERS = 4
RESULT = ROOT / "var" / "efficiency.json"


@dataclass(frozen=True, slots=True)
class Efficiency:
    """Medians over the rounds: photos a second, milliseconds of processor time a photo, and the service's share."""

    rounds: int
    networks_per_second: float
    service_per_second: float
    share: float
    networks_cpu_ms: float
    service_cpu_ms: float
    cpu_share: float


def measure_efficiency(*, rounds: int, seconds: float) -> None:
    """Prints one line, and keeps the figures in `var/efficiency.json`."""
    bare = Bare()
    people = timed_class(bare.engine)
    photo = people.class_photo(next(iter(SIZES.values())))
    enrolled = {name: [bare.encode(own) for own in photos] for name, photos in people.enrolled().items()}
    with ml_server(enrolled) as server:
        found = _take_turns(bare, server, photo, rounds, seconds)
    RESULT.parent.mkdir(parents=True, exist_ok=True)
    RESULT.write_text(json.dumps(asdict(found) | {"machine": facts()}, indent=2), encoding="utf-8")
    print(
        f"service {found.service_per_second:.2f} photos/s, networks alone {found.networks_per_second:.2f}: "
        f"{found.share:.0%} (median of {rounds} rounds); "
        f"processor time {found.service_cpu_ms:.0f} and {found.networks_cpu_ms:.0f} ms a photo: {found.cpu_share:.0%}"
    )


def _take_turns(bare: Bare, server: Server, photo: bytes, rounds: int, seconds: float) -> Efficiency:
    inferences, kept = bare.inferences(photo, single=False), local()

    def serve() -> None:
        connection = kept.__dict__.setdefault("connection", server.connect())
        if (status := server.post(connection, server.class_path, photo).status) != 200:  # noqa: PLR2004  # OK
            raise RuntimeError(f"the service answered {status}")

    def alone() -> None:
        replay(inferences)

    alone()
    serve()
    service_clock = processes_clock([server.pid])
    turns = []
    for _ in range(rounds):
        # With one caller or two, whichever is faster: the limit is to be no less than it is.
        networks = max(_turn(alone, time.process_time, callers, seconds) for callers in (1, 2))
        turns.append((networks, _turn(serve, service_clock, CALLERS, seconds)))
    return Efficiency(
        rounds,
        median(networks[0] for networks, _ in turns),
        median(service[0] for _, service in turns),
        median(service[0] / networks[0] for networks, service in turns),
        median(networks[1] for networks, _ in turns),
        median(service[1] for _, service in turns),
        median(networks[1] / service[1] for networks, service in turns),
    )


def _turn(work: Callable[[], None], clock: Callable[[], float], callers: int, seconds: float) -> tuple[float, float]:
    """Times a second, and milliseconds of processor time each."""
    spent, began = clock(), time.perf_counter()
    per_second = throughput(work, callers=callers, seconds=seconds)
    return per_second, (clock() - spent) * 1e3 / (per_second * (time.perf_counter() - began))
