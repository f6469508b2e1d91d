"""A soak: a morning that goes on, in which no process may grow in memory, in open files or in connections."""

from collections.abc import Sequence

from rich.console import Console

from attendance_bench.school.faces import UPLOADERS
from attendance_bench.school.figures import figures
from attendance_bench.school.founding import SMALL, WHOLE
from attendance_bench.school.morning import FOLDER, school_at_work
from attendance_bench.school.playing import play
from attendance_bench.school.processes import Drift, Sample, drift, sampling
from attendance_bench.school.report import write_soak

USERS = 50
SAMPLED_EVERY = 5.0
WARMING_SHARE = 0.3
"""Of the time, first: caches fill, pools open, each kind of call is made for the first time."""
GROWTH_SHARE, GROWTH_MB = 0.05, 10.0
"""Of what a process held, or so many megabytes where that is more: allocators keep what they were given once, and a
line through ten minutes of that slopes. What leaks a kilobyte a call grows by more."""
CACHE_MB = 250.0
"""The embedded database fills its cache, of a gigabyte at most, with what is written: that is no leak."""
MORE_HANDLES = 8
"""A pool may open one connection more when several calls come together; what leaks one a minute opens more."""


def judged(samples: Sequence[Sample]) -> list[tuple[str, bool]]:
    """Each process in a line, and whether it is flat once it was warm.

    Raises:
        ValueError: too few samples for that.
    """
    begins = samples[0].at + WARMING_SHARE * (samples[-1].at - samples[0].at)
    warm = [one for one in samples if one.at >= begins]
    found = []
    for name in dict.fromkeys(one.process for one in samples):
        own = [one for one in warm if one.process == name]
        memory = drift(own, lambda one: one.memory)
        handles, connections = drift(own, lambda one: one.handles), drift(own, lambda one: one.connections)
        is_flat = memory.gained <= _most(name, memory) and max(handles.gained, connections.gained) <= MORE_HANDLES
        found.append(
            (f"{name}: {_told(memory)} MB, {_told(handles)} handles, {_told(connections)} connections", is_flat)
        )
    return found


def measure_soak(seconds: float, *, small: bool) -> bool:
    """Prints what each process gained and writes the report; whether all are flat and no call failed."""
    console = Console(soft_wrap=True, highlight=False)
    with school_at_work(SMALL if small else WHOLE) as (served, plan), sampling(served.pids, SAMPLED_EVERY) as samples:
        asked = play("morning", plan, served.home / "play", users=USERS + UPLOADERS, seconds=seconds)
        seen = list(samples)
    found, calls = judged(seen), figures(USERS, asked)
    lines = [calls.told(), *(f"{told}{'' if is_flat else ' GROWS'}" for told, is_flat in found)]
    write_soak(seen, lines, FOLDER)
    console.print("\n".join(lines), markup=False)
    return all(is_flat for _, is_flat in found) and not calls.whole.failed


def _most(name: str, memory: Drift) -> float:
    return CACHE_MB if name == "database" else max(GROWTH_MB, GROWTH_SHARE * memory.start)


def _told(line: Drift) -> str:
    return f"{line.start:.0f}{line.gained:+.1f}"
