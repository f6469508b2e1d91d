"""As many processors as the container pays for, read from control groups of both versions."""

import os
from pathlib import Path

import pytest

from attendance_ml.serving.cpus import available_cpus


@pytest.fixture(autouse=True)
def sixteen_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(16)), raising=False)


def cpus(folder: Path, own: str, files: dict[str, str]) -> int:
    (folder / "cgroup").write_text(own)
    root = folder / "sys"
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(content)
    return available_cpus(folder / "cgroup", root)


@pytest.mark.parametrize(
    ("quota", "expected"),
    [("max 100000\n", 16), ("400000 100000\n", 4), ("250000 100000\n", 2), ("50000 100000\n", 1), ("nonsense", 16)],
)
def test_the_quota_of_version_two(quota: str, expected: int, tmp_path: Path) -> None:
    assert cpus(tmp_path, "0::/\n", {"cpu.max": quota}) == expected


def test_the_least_quota_of_all_groups_around_counts(tmp_path: Path) -> None:
    files = {"pods/cpu.max": "300000 100000", "pods/one/cpu.max": "max 100000"}
    assert cpus(tmp_path, "0::/pods/one\n", files) == 3


@pytest.mark.parametrize(("quota", "expected"), [("-1\n", 16), ("600000\n", 6)])
@pytest.mark.parametrize("mount", ["cpu,cpuacct", "cpu"])
def test_the_quota_of_version_one_though_the_path_is_the_hosts(
    mount: str, quota: str, expected: int, tmp_path: Path
) -> None:
    own = "5:memory:/docker/abc\n4:cpu,cpuacct:/docker/abc\n0::/\n"
    files = {f"{mount}/cpu.cfs_quota_us": quota, f"{mount}/cpu.cfs_period_us": "100000\n"}
    assert cpus(tmp_path, own, files) == expected


def test_a_path_that_leads_out_of_the_tree_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "cpu.max").write_text("100000 100000")
    assert cpus(tmp_path, "0::/../..\n", {}) == 16


def test_without_control_groups_the_processors_it_may_run_on_count(tmp_path: Path) -> None:
    assert available_cpus(tmp_path / "nowhere", tmp_path) == 16
