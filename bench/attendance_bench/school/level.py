"""One level of a morning: so many people at once, and whether that is too much."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field

from attendance_bench.school.figures import Figures
from attendance_bench.school.profile import Spent

PROMISED = 300
"""Up to so many people at once no call may fail."""
BROKEN_P95_MS, BROKEN_SHARE = 2_000, 0.01
"""Where people notice: a call of twenty takes longer, photos aside, or one of a hundred fails."""

ON_ONE_CORE, ALL_BUSY = ("database", "backend-0"), 0.9
"""Python programs of one process; the share of a processor from which nothing is left of it."""


@dataclass
class Level:
    """One level: its calls, the calls without those for photos, what each process used of the processors meanwhile
    and what the whole machine did, the players too, and what the backend spent it on.
    """

    figures: Figures
    others: Figures
    cores: dict[str, float] = field(default_factory=dict)
    busy: float = 0.0
    spent: Sequence[Spent] = ()

    @property
    def breaks(self) -> str:
        """Why it is too much; nothing: it is not."""
        whole = self.figures.whole
        if whole.failed > BROKEN_SHARE * whole.count:
            return f"{whole.failed} of {whole.count} calls fail"
        if self.others.whole.p95 > BROKEN_P95_MS:
            return f"one call of twenty takes over {self.others.whole.p95 / 1e3:.1f} s"
        return ""

    @property
    def limit(self) -> str:
        """What there is no more of: a processor for a program that works on one, or any processor at all."""
        if alone := [name for name in ON_ONE_CORE if self.cores.get(name, 0.0) > ALL_BUSY]:
            return f"{' and '.join(alone)} can't use more than one processor"
        if self.busy > ALL_BUSY * (os.cpu_count() or 1):
            return "no processor is left"
        return "something other than processors"

    def told(self) -> str:
        cores = ", ".join(f"{name} {used:.2f}" for name, used in self.cores.items())
        times = "/".join(f"{one:.0f}" for one in (self.others.whole.p50, self.others.whole.p95, self.others.whole.p99))
        cores = f"{cores}, machine {self.busy:.2f} of {os.cpu_count()}"
        breaks = f"; BREAKS: {self.breaks}, for {self.limit}" if self.breaks else ""
        return f"{self.figures.told()} (without photos {times}); cores: {cores}{breaks}"
