"""A school under load: its plan comes back as it was written, and what was answered is counted as it was."""

import json
from pathlib import Path

import pytest

from attendance_bench.school.class_start import CHECK_IN, ClassStart
from attendance_bench.school.figures import ALL, figures, percentile
from attendance_bench.school.plan import Plan, Player
from attendance_bench.school.playing import Asked, read

OFFICE = Player("office@school.example", "a cookie")


def asked(call: str, at: float, ms: float, status: int = 200) -> Asked:
    return Asked(at, call, ms, status)


def test_a_plan_comes_back_as_it_was_written(tmp_path: Path) -> None:
    plan = Plan(
        "http://127.0.0.1:1", OFFICE, [Player("t", "c", "s", "x")], [], [Player("p", "d")], ["a.jpg"], ("a", "b")
    )
    plan.write(tmp_path / "plan.json")

    found = Plan.read(tmp_path / "plan.json")

    assert (found.office, found.teachers, found.students) == (plan.office, plan.teachers, plan.students)
    assert (list(found.photos), list(found.days)) == (["a.jpg"], ["a", "b"])


def test_a_line_of_the_record_is_a_call(tmp_path: Path) -> None:
    lines = [
        {"at": 1.0, "call": CHECK_IN, "ms": 12.5, "status": 201, "student": "s1"},
        {"at": 2.0, "call": "GET /me", "ms": 90000.0, "status": 0, "error": "ConnectionResetError"},
    ]
    (tmp_path / "record").write_text("".join(json.dumps(line) + "\n" for line in lines))

    assert read(tmp_path / "record") == [
        Asked(1.0, CHECK_IN, 12.5, 201, student="s1"),
        Asked(2.0, "GET /me", 90000.0, 0, error="ConnectionResetError"),
    ]


def test_figures_count_every_call_and_name_what_failed() -> None:
    calls = [asked("GET /me", at, ms=float(at)) for at in range(1, 100)]
    found = figures(7, [*calls, asked("PUT /x", 101, 1000.0, 503)])

    assert [(row.call, row.count, row.failed) for row in found.rows] == [
        (ALL, 100, 1),
        ("GET /me", 99, 0),
        ("PUT /x", 1, 1),
    ]
    assert (found.whole.p50, found.whole.p95, found.whole.p99, found.whole.most) == (50.0, 95.0, 99.0, 1000.0)
    assert found.per_second == pytest.approx(100 / 101)
    assert found.told().startswith("7 users 1.0 requests/s")
    assert found.told().endswith("1 x 503")


@pytest.mark.parametrize(("share", "expected"), [(0.5, 2), (0.51, 3), (1.0, 4), (0.0, 1)])
def test_a_percentile_is_one_of_the_values(share: float, expected: int) -> None:
    assert percentile([4, 2, 3, 1], share) == expected


@pytest.mark.parametrize(("lost", "doubled", "unanswered"), [(1, 0, 0), (0, 1, 0), (0, 0, 1)])
def test_one_lost_or_doubled_or_shut_out_is_too_many(lost: int, doubled: int, unanswered: int) -> None:
    told = figures(1, [asked(CHECK_IN, 1, 20.0, 201)])

    assert ClassStart(1, 1, 60.0, 0, 0, 0, told).holds()
    assert not ClassStart(1, 1, 60.0, lost, doubled, unanswered, told).holds()
