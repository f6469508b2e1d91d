"""Class start: 1,500 students check in by code within a minute; none is lost, none counted twice."""

import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from pathlib import Path

from attendance_bench.school.figures import Figures, figures
from attendance_bench.school.founding import OFFICE, SMALL, WHOLE, Size, found
from attendance_bench.school.plan import Plan
from attendance_bench.school.playing import Asked, Playing, play, read
from attendance_bench.school.serving import Served, serving
from attendance_bench.term.speaking import Speaker

WITHIN_SECONDS = 55.0
"""The last student takes out their phone so long after the first: all are done within the minute."""
SECONDS = 180
"""At most: a minute, and what a slow machine and a killed backend's open transactions may cost."""
CHECK_IN, CHECKED_IN = "POST /check-ins", "checked in"


@dataclass(frozen=True)
class ClassStart:
    """What was answered, and what is kept. `lost` were told that they are checked in, and are not; `doubled` are more
    than once in the register or in the audit log; `unanswered` never got in.
    """

    students: int
    backends: int
    seconds: float
    lost: int
    doubled: int
    unanswered: int
    figures: Figures

    def holds(self) -> bool:
        return not (self.lost or self.doubled or self.unanswered)

    def told(self) -> str:
        row = next(row for row in self.figures.rows if row.call == CHECK_IN)
        killed = ", one of two backends killed half way" if self.backends > 1 else ""
        failed = ", ".join(f"{count} x {status}" for status, count in row.statuses.items())
        times = "/".join(f"{one:.0f}" for one in (row.p50, row.p95, row.p99))
        return (
            f"{self.students} check-ins in {self.seconds:.0f} s{killed}: {self.lost} lost, {self.doubled} doubled, "
            f"{self.unanswered} not checked in; p50/p95/p99 {times} ms, of {row.count} tries failed {failed or 'none'}"
        )


def start_class(home: Path, size: Size, *, backends: int, within: float) -> ClassStart:
    """A class start in a school of this size; with two backends, one is killed once half are checked in."""
    with serving(home, backends=backends) as served, served.balanced() as url:
        plan = replace(found(served.url, served.database_uri, size), url=url, within_seconds=within)
        people, half = len(plan.students) + len(plan.teachers), len(plan.students) // 2

        def meanwhile(record: Path, playing: Playing) -> None:
            if backends > 1:
                kill_when(served, lambda: playing.poll() is not None or len(_checked_in(read(record))) >= half)

        asked = play("class_start", plan, home / "play", users=people, seconds=SECONDS + within, meanwhile=meanwhile)
        kept, noted = _kept(plan, served.last_url)
    told = _checked_in(asked)
    return ClassStart(
        students=len(plan.students),
        backends=backends,
        seconds=max(one.at + one.ms / 1e3 for one in told) - min(one.at for one in told),
        lost=len({one.student for one in told} - set(kept)),
        doubled=sum(count > 1 for count in (*kept.values(), *noted.values())),
        unanswered=len({one.own for one in plan.students} - {one.student for one in told}),
        figures=figures(people, asked),
    )


def measure_class_start(*, small: bool) -> bool:
    """Prints what came of a class start, with one backend and with two; whether both hold."""
    size, within = (SMALL, 5.0) if small else (WHOLE, WITHIN_SECONDS)
    seen = []
    for backends in (1, 2):
        with tempfile.TemporaryDirectory(prefix="smart-attendance-") as folder:
            seen.append(start_class(Path(folder), size, backends=backends, within=within))
        print(seen[-1].told(), flush=True)
    return all(one.holds() for one in seen)


def kill_when(served: Served, is_time: Callable[[], bool]) -> None:
    """SIGKILL for the first backend, as soon as it is time."""
    while not is_time():
        time.sleep(0.1)
    served.processes["backend-0"].kill()


def _checked_in(asked: Sequence[Asked]) -> list[Asked]:
    return [one for one in asked if one.call == CHECK_IN and one.status == HTTPStatus.CREATED]


def _kept(plan: Plan, url: str) -> tuple[Counter[str], Counter[str]]:
    """How often each student is among the check-ins of the sessions, and how often the audit log has them check in."""
    office = Speaker(url, OFFICE)
    pages = (office.pages(f"/sessions/{teacher.session}/check-ins") for teacher in plan.teachers)
    noted = office.pages("/audit", action=CHECKED_IN)
    kept = Counter(str(row["student_id"]) for page in pages for row in page)
    return kept, Counter(str(row["details"]["student"]) for row in noted)
