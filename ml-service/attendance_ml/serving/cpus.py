"""How many processors this process may use: those it may run on, and no more than its container's quota pays for."""

import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

SELF = Path("/proc/self/cgroup")
ROOT = Path("/sys/fs/cgroup")


def available_cpus(own: Path = SELF, root: Path = ROOT) -> int:
    """At least 1. A quota of two and a half processors counts as two: a third thread would only be held back.

    Args:
        own: the kernel's list of the control groups of this process.
        root: where control groups are mounted.
    """
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, int(min([float(allowed), *_quotas(own, root)])))


def _quotas(own: Path, root: Path) -> Iterator[float]:
    """The quotas, in processors, of every group that this process is in, and of the groups around it."""
    for line in _read(own).splitlines():
        number, controllers, path = line.split(":", 2)
        if number == "0" and not controllers:
            yield from (quota for folder in _around(root, path) if (quota := _version_two(folder)))
        elif "cpu" in controllers.split(","):
            for mount in (root / controllers, root / "cpu"):
                yield from (quota for folder in _around(mount, path) if (quota := _version_one(folder)))


def _around(mount: Path, path: str) -> Iterator[Path]:
    """The folder of the group and of those above it. Inside a container the path may be the host's: then the mount."""
    relative = PurePosixPath(path.lstrip("/"))
    yield from (mount / folder for folder in (relative, *relative.parents) if ".." not in folder.parts)


def _version_two(folder: Path) -> float | None:
    """`cpu.max`: microseconds in each period, or "max"; then the period."""
    quota, _, period = _read(folder / "cpu.max").strip().partition(" ")
    return _share(quota, period)


def _version_one(folder: Path) -> float | None:
    return _share(_read(folder / "cpu.cfs_quota_us").strip(), _read(folder / "cpu.cfs_period_us").strip())


def _share(quota: str, period: str) -> float | None:
    """Nothing where there is no quota: it then is "max", -1, or not there at all."""
    return int(quota) / int(period) if quota.isdigit() and period.isdigit() and int(period) else None


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii")
    except OSError:
        return ""
