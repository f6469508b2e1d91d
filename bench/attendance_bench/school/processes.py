"""What processes hold and use while others work with them, read from the system: memory, handles, connections, CPU."""

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from threading import Event, Thread

import psutil

MEGABYTE = 1e6


@dataclass(frozen=True)
class Sample:
    """One process at one moment. `at` and `cpu` in seconds, memory in megabytes."""

    process: str
    at: float
    memory: float
    handles: int
    connections: int
    cpu: float


@dataclass(frozen=True)
class Drift:
    """A straight line through samples: what it starts at, and what it gains in the time."""

    start: float
    gained: float


@contextlib.contextmanager
def sampling(pids: Mapping[str, int], every_seconds: float) -> Iterator[list[Sample]]:
    """Samples of these processes as they come, until the block ends."""
    found: list[Sample] = []
    over = Event()

    def look() -> None:
        while not over.wait(every_seconds):
            found.extend(sample(name, pid) for name, pid in pids.items())

    thread = Thread(target=look)
    thread.start()
    try:
        yield found
    finally:
        over.set()
        thread.join()


def sample(name: str, pid: int) -> Sample:
    """One process now, with its children."""
    family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    return Sample(
        process=name,
        at=time.time(),
        memory=sum(one.memory_info().rss for one in family) / MEGABYTE,
        handles=sum(one.num_fds() for one in family),
        connections=sum(len(one.net_connections("tcp")) for one in family),
        cpu=sum(sum(one.cpu_times()[:2]) for one in family),
    )


def busy_seconds() -> float:
    """What all processors of the machine have worked together since it was started, whoever for."""
    times = psutil.cpu_times()
    return float(times.user + times.nice + times.system + times.irq + times.softirq)


def drift(samples: Sequence[Sample], of: Callable[[Sample], float]) -> Drift:
    """The straight line of least squares through what is looked at.

    Raises:
        ValueError: there are fewer than two samples.
    """
    if len(samples) < 2:  # noqa: PLR2004  # a line goes through two points
        raise ValueError("no line goes through fewer than two samples")
    times, values = [one.at for one in samples], [float(of(one)) for one in samples]
    middle, mean = sum(times) / len(times), sum(values) / len(values)
    spread = sum((at - middle) ** 2 for at in times)
    slope = sum((at - middle) * (value - mean) for at, value in zip(times, values, strict=True)) / spread
    return Drift(mean + slope * (times[0] - middle), slope * (times[-1] - times[0]))


def cores_used(samples: Sequence[Sample]) -> dict[str, float]:
    """How many cores each process used on average between its first sample and its last."""
    found = {}
    for name in dict.fromkeys(one.process for one in samples):
        own = [one for one in samples if one.process == name]
        seconds = own[-1].at - own[0].at
        found[name] = (own[-1].cpu - own[0].cpu) / seconds if seconds else 0.0
    return found
