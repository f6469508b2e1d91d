"""A broken run goes on, a finished or foreign one is begun anew."""

import pytest

from attendance_bench.ledger import Ledger

HERE = {"cpu": "this one"}


def test_a_broken_run_keeps_its_finished_stages(tmp_path) -> None:
    first = Ledger(tmp_path / "var" / "bench.json", "abc", HERE)
    first.stage("old", lambda: 1)
    with pytest.raises(RuntimeError):
        first.stage("own", lambda: (_ for _ in ()).throw(RuntimeError("broken off")))
    again = Ledger(tmp_path / "var" / "bench.json", "abc", HERE)
    assert again.stage("old", lambda: 2) == 1
    assert again.stage("own", lambda: 3) == 3


def test_a_tree_that_differs_from_its_commit_keeps_nothing(tmp_path) -> None:
    Ledger(tmp_path / "bench.json", "abc-dirty", HERE).stage("old", lambda: 1)
    assert Ledger(tmp_path / "bench.json", "abc-dirty", HERE).stage("old", lambda: 2) == 2


FOREIGN = [("def", "this one", False), ("abc", "other", False), ("abc", "this one", True)]


@pytest.mark.parametrize(("commit", "cpu", "finished"), FOREIGN)
def test_another_commit_another_machine_or_a_finished_run_starts_anew(tmp_path, commit, cpu, finished) -> None:
    first = Ledger(tmp_path / "bench.json", "abc", HERE)
    first.stage("old", lambda: 1)
    if finished:
        first.finish([0.1, 0.1, 0.1])
    assert Ledger(tmp_path / "bench.json", commit, {"cpu": cpu}).stage("old", lambda: 2) == 2
