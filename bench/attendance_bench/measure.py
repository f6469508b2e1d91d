"""Times of a piece of work: what the clock says and what the processors spent, as medians over several runs."""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from statistics import median
from threading import Thread

import psutil

CpuClock = Callable[[], float]
"""Seconds of processor time spent so far, by whoever does the work."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One way of doing one thing: medians in milliseconds over `runs` runs, and how many faces were found."""

    name: str
    way: str
    wall_ms: float
    cpu_ms: float
    runs: int
    faces: int | None = None


def measure(name: str, ways: Mapping[str, tuple[Callable[[], int | None], CpuClock]], runs: int) -> list[Figure]:
    """Time several ways of doing the same in turn, so that whatever else the machine does meets all of them alike.

    Each way comes with the clock of its processor time, and returns how many faces it found. Before each timed run
    comes one that is not counted: the way before it has filled the caches with what is its own.
    """
    found: dict[str, int | None] = {}
    times: dict[str, list[tuple[float, float]]] = {way: [] for way in ways}
    for _ in range(runs):
        for way, (work, clock) in ways.items():
            found[way] = work()
            times[way].append(_time(work, clock))
    return [
        Figure(name, way, median(wall for wall, _ in spent), median(cpu for _, cpu in spent), runs, found[way])
        for way, spent in times.items()
    ]


def throughput(work: Callable[[], object], *, callers: int, seconds: float) -> float:
    """How often a second the work is done by so many callers at once."""
    end, done = time.perf_counter() + seconds, [0] * callers

    def call(caller: int) -> None:
        while time.perf_counter() < end:
            work()
            done[caller] += 1

    started = time.perf_counter()
    threads = [Thread(target=call, args=(caller,)) for caller in range(callers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(done) / (time.perf_counter() - started)


def processes_clock(pids: Iterable[int]) -> CpuClock:
    """The processor time of these processes together (it grows in steps of 10 ms)."""
    watched = [psutil.Process(pid) for pid in pids]

    def clock() -> float:
        return sum(sum(process.cpu_times()[:2]) for process in watched)

    return clock


def _time(work: Callable[[], object], clock: CpuClock) -> tuple[float, float]:
    cpu, wall = clock(), time.perf_counter()
    work()
    wall = time.perf_counter() - wall
    return wall * 1e3, (clock() - cpu) * 1e3
