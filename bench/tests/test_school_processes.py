"""What grows is told from what is flat, what costs most from what only calls it, and too much from enough."""

import os

import pytest

from attendance_bench.school.figures import figures
from attendance_bench.school.level import Level
from attendance_bench.school.playing import Asked
from attendance_bench.school.processes import Sample, cores_used, drift, sample
from attendance_bench.school.profile import Spent, spent
from attendance_bench.school.soak import judged

MINUTES = 10


def samples(process: str = "backend", *, memory: float = 0.0, handles: float = 0.0) -> list[Sample]:
    """One a minute, of a process that gains so much each minute."""
    return [
        Sample(process, 60.0 * minute, 100 + memory * minute, int(40 + handles * minute), 10, 30.0 * minute)
        for minute in range(MINUTES + 1)
    ]


def test_what_gains_nothing_is_flat() -> None:
    assert judged(samples()) == [("backend: 100+0.0 MB, 40+0.0 handles, 10+0.0 connections", True)]


@pytest.mark.parametrize("gains", [{"memory": 2.0}, {"handles": 2.0}])
def test_what_gains_every_minute_grows(gains: dict[str, float]) -> None:
    ((told, is_flat),) = judged(samples(**gains))

    assert not is_flat, told


def test_what_a_process_takes_while_it_warms_up_is_no_growth() -> None:
    early = [one if one.at > 120 else Sample("backend", one.at, 20.0, 5, 1, one.cpu) for one in samples()]

    assert [is_flat for _, is_flat in judged(early)] == [True]


def test_a_line_is_found_through_what_jumps_about_it() -> None:
    jumping = [Sample("x", float(at), 50 + 2 * at + (1 if at % 2 else -1), 0, 0, 0.0) for at in range(101)]

    line = drift(jumping, lambda one: one.memory)

    assert line.gained == pytest.approx(200, abs=1)
    assert line.start == pytest.approx(50, abs=1)
    with pytest.raises(ValueError, match="two samples"):
        drift(jumping[:1], lambda one: one.memory)


def test_cores_are_what_was_used_a_second() -> None:
    assert cores_used([*samples("backend"), *samples("ml")]) == {"backend": 0.5, "ml": 0.5}


def test_a_process_is_read_as_it_is() -> None:
    seen = sample("this one", os.getpid())

    assert seen.memory > 10
    assert seen.handles > 2
    assert seen.cpu > 0


def test_a_function_costs_what_it_does_itself_and_what_it_calls() -> None:
    stacks = "run (a.py:1);work (b.py:7) 3\nrun (a.py:2);work (b.py:9);dig (c.py:1) 5\nrun (a.py:1) 2\n"

    assert spent(stacks) == [
        Spent("dig (c.py)", 0.5, 0.5),
        Spent("work (b.py)", 0.3, 0.8),
        Spent("run (a.py)", 0.2, 1.0),
    ]


@pytest.mark.parametrize(
    ("ms", "failed", "breaks"), [(50.0, 0, ""), (2_500.0, 0, "over 2.5 s"), (50.0, 2, "2 of 102 calls fail")]
)
def test_a_level_breaks_where_people_notice(ms: float, failed: int, breaks: str) -> None:
    asked = [Asked(float(at), "GET /me", ms, 200) for at in range(100)]
    asked += [Asked(100.0, "GET /me", ms, 503) for _ in range(failed)]
    found = figures(300, asked)

    told = Level(found, found, {"backend": 0.4}).told()

    assert Level(found, found).breaks.endswith(breaks)
    assert ("BREAKS" in told) == bool(breaks)


@pytest.mark.parametrize(
    ("cores", "busy", "limit"),
    [
        ({"database": 0.97, "backend-0": 0.4}, 99.0, "database can't use more than one processor"),
        ({"database": 0.5, "ml": 3.0}, 9_999.0, "no processor is left"),
        ({"database": 0.5, "ml": 3.0}, 0.1, "something other than processors"),
    ],
)
def test_what_there_is_no_more_of(cores: dict[str, float], busy: float, limit: str) -> None:
    found = figures(1, [Asked(0.0, "GET /me", 9_000.0, 200)])

    assert Level(found, found, cores, busy).told().endswith(f"over 9.0 s, for {limit}")
