"""A school's morning at its browsers, so many people at a time, while two teachers keep the ML service saturated."""

import contextlib
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from attendance_bench.machine import ROOT
from attendance_bench.school.faces import UPLOADERS, enrol, photographed_class
from attendance_bench.school.figures import figures
from attendance_bench.school.founding import SMALL, WHOLE, Size, found
from attendance_bench.school.level import PROMISED, Level
from attendance_bench.school.plan import Plan
from attendance_bench.school.playing import Playing, play
from attendance_bench.school.processes import busy_seconds, cores_used, sampling
from attendance_bench.school.profile import Spent, profile
from attendance_bench.school.report import write_morning
from attendance_bench.school.serving import Served, serving

LEVELS = (50, 100, 300)
BEYOND, BEYOND_SECONDS, MOST = 2, 60.0, 10_000
"""Then so many times as many people, a minute a level, until it breaks, or until more than that are at it."""
SAMPLED_EVERY, PROFILED_SECONDS = 2.0, 30.0
FOLDER = ROOT / "var" / "load"


@contextlib.contextmanager
def school_at_work(size: Size = WHOLE) -> Iterator[tuple[Served, Plan]]:
    """A school with a class that is recognised by photos, its ML service with it."""
    people = photographed_class()
    with (
        tempfile.TemporaryDirectory(prefix="smart-attendance-") as folder,
        serving(Path(folder), with_ml=True) as served,
    ):
        plan = found(served.url, served.database_uri, size)
        yield served, enrol(plan, served.database_uri, people, served.home)


def play_level(served: Served, plan: Plan, users: int, seconds: float) -> Level:
    """So many people for so long; with a look at what the backend does in the middle of it."""
    spent: list[Spent] = []

    def look(_record: Path, _playing: Playing) -> None:
        time.sleep(seconds / 3)
        lasts = min(PROFILED_SECONDS, seconds / 3)
        spent.extend(profile(served.pids["backend-0"], lasts, served.home / "stacks.txt"))

    before = busy_seconds()
    with sampling(served.pids, SAMPLED_EVERY) as samples:
        folder, began = served.home / f"play-{users}", time.monotonic()
        asked = play("morning", plan, folder, users=users + UPLOADERS, seconds=seconds, meanwhile=look)
        lasted = time.monotonic() - began
    others = [one for one in asked if "captures" not in one.call]
    busy = (busy_seconds() - before) / lasted
    return Level(figures(users, asked), figures(users, others), cores_used(samples), busy, spent)


def measure_morning(levels: Sequence[int], seconds: float, *, small: bool, until_broken: bool) -> bool:
    """Prints each level in a line and writes the report; whether no call failed up to what is promised."""
    console, played = Console(soft_wrap=True, highlight=False), list[Level]()
    with school_at_work(SMALL if small else WHOLE) as (served, plan):
        for users, lasts in _steps(levels, seconds, until_broken=until_broken):
            again = replace(plan, period=len(played) + 1)
            played.append(play_level(served, again, users, lasts))
            console.print(played[-1].told(), markup=False)
            if users > max(levels) and played[-1].breaks:
                break
    write_morning(played, seconds, FOLDER)
    return not any(level.figures.whole.failed for level in played if level.figures.users <= PROMISED)


def _steps(levels: Sequence[int], seconds: float, *, until_broken: bool) -> Iterator[tuple[int, float]]:
    """How many people, and for how long."""
    yield from ((users, seconds) for users in levels)
    users = max(levels) * BEYOND
    while until_broken and users <= MOST:
        yield users, min(seconds, BEYOND_SECONDS)
        users *= BEYOND
